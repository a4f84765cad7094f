export { type DemoData, type DemoDataOptions, generateDemoData } from "./demo-data.js";
export { type DemoReport, type DemoRequest, freezeDemoReport } from "./demo-report.js";
export { DEMO_SCHEMA } from "./demo-schema.js";
export { renderHeroSvg } from "./hero-svg.js";
export { renderReport } from "./render-report.js";
