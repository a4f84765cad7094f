import { DARK, LIGHT, paletteVariables } from "expunge/internal";

/** The report's style sheet: no fonts or pictures from outside, light or dark as the reader's system is, and for print. */
export const STYLE_SHEET = `
:root{color-scheme:light dark;${paletteVariables(LIGHT)};--page:#fafaf8;--wash:#f1f5f3}
@media (prefers-color-scheme:dark){:root{${paletteVariables(DARK)};--page:#121417;--wash:#1b2725}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
main,.top,.foot{max-width:69rem;margin:0 auto;padding:0 clamp(1.1rem,4vw,2.5rem)}
.top{padding-top:clamp(1.6rem,4vw,3rem);color:var(--soft);font-size:.875rem}
.top strong{color:var(--ours);font-weight:650}
h1,h2,h3{line-height:1.2;text-wrap:balance;margin:0}
h1{font-size:clamp(1.75rem,1.15rem + 2.7vw,2.9rem);line-height:1.12;letter-spacing:-.022em;font-weight:680;max-width:22em;margin-top:1.1rem}
h1 em{font-style:normal;color:var(--ours)}
h2{font-size:1.4rem;letter-spacing:-.012em;font-weight:650}
h3{font-size:1.02rem;font-weight:650}
p{margin:.8rem 0 0}
a{color:var(--ours);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--ours);outline-offset:2px}
.lead{font-size:1.1rem;max-width:46rem;color:var(--soft)}
.verdict{display:inline-block;margin-top:1.1rem;padding:.35rem .85rem;border-radius:2rem;background:var(--wash);color:var(--ours);font-weight:600;font-size:.94rem}
.verdict.failed{background:none;border:1.5px solid var(--bad);color:var(--bad);border-radius:.6rem}
section{margin-top:clamp(2.6rem,6vw,4.2rem)}
.intro,.note{color:var(--soft);max-width:46rem}
.note{font-size:.875rem}
.figures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:1px;margin:2.2rem 0 0;background:var(--line);border:1px solid var(--line);border-radius:.8rem;overflow:hidden}
.figures>div{background:var(--ground);padding:1rem 1.2rem 1.1rem}
dt{color:var(--soft);font-size:.875rem}
dd{margin:0}
.figures strong{display:block;font-size:1.9rem;line-height:1.25;font-weight:640;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.figures span{display:block;color:var(--soft);font-size:.875rem;line-height:1.4}
.plots{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.1rem;margin-top:1.4rem}
figure{display:flex;flex-direction:column;margin:0;background:var(--ground);border:1px solid var(--line);border-radius:.8rem;padding:1.1rem 1.2rem .9rem}
figcaption p{margin:.25rem 0 0;font-size:.875rem;line-height:1.45;color:var(--soft)}
.key{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;margin:.6rem 0 .3rem;padding:0;font-size:.8125rem;color:var(--soft)}
.key li{display:flex;align-items:center;gap:.4rem}
.axis{margin:.1rem 0 0;text-align:center;font-size:.75rem;color:var(--soft)}
figure svg[role=img]{color:var(--soft);width:100%;height:auto}
.wide,.narrow{margin-top:auto}.narrow{display:none}
.columns{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.2rem 3rem;margin-top:1.4rem}
.columns ul{margin:.7rem 0 0;padding:0;list-style:none}
.columns li{position:relative;padding-left:1.6rem;margin-top:.75rem;color:var(--soft);font-size:.97rem}
.columns li strong{color:var(--ink);font-weight:620}
.columns li::before{position:absolute;left:0;font-weight:700}
.says li::before{content:"✓";color:var(--ours)}
.says-not li::before{content:"–";color:var(--paper)}
.scroll{margin-top:1.2rem;overflow:auto;max-height:36rem;border:1px solid var(--line);border-radius:.8rem;background:var(--ground)}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.8125rem;font-variant-numeric:tabular-nums;line-height:1.35}
th,td{padding:.42rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th{font-weight:600}
thead th{position:sticky;top:0;z-index:2;background:var(--ground);color:var(--soft);white-space:normal;vertical-align:bottom;padding-top:.7rem;border-bottom-color:var(--soft)}
tbody th,tfoot th,thead th:first-child{position:sticky;left:0;background:var(--ground);z-index:1}
thead th:first-child{z-index:3}
th:last-child,td:last-child{text-align:left}
tfoot th,tfoot td{position:sticky;bottom:0;background:var(--ground);font-weight:650;border-bottom:0;border-top:1px solid var(--soft)}
tfoot th{z-index:3}
tbody tr:last-child>*{border-bottom:0}
.free{color:var(--ours);font-weight:650}
.ok{color:var(--ours);font-weight:700}
.bad{color:var(--bad);font-weight:650}
.plan{margin:1.2rem 0 0;border-top:1px solid var(--line)}
.plan>div{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem;padding:.55rem 0;border-bottom:1px solid var(--line)}
.plan dt{font-size:.94rem}
.plan strong{font-weight:620;font-variant-numeric:tabular-nums;margin-right:.45rem}
.plan span{color:var(--soft);overflow-wrap:anywhere}
pre{margin:1.1rem 0 0;padding:1rem 1.2rem;background:var(--ground);border:1px solid var(--line);border-radius:.8rem;overflow-x:auto;font:.875rem/1.7 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.foot{padding-top:3.5rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
@media (max-width:62rem){.figures{grid-template-columns:repeat(2,minmax(0,1fr))}.plots{grid-template-columns:minmax(0,40rem)}}
@media (max-width:48rem){.columns{grid-template-columns:minmax(0,1fr)}.plan>div{grid-template-columns:minmax(0,1fr)}}
@media (max-width:34rem){.wide{display:none}.narrow{display:block}.figures>div{padding:.8rem .9rem .9rem}.figures strong{font-size:1.45rem}.lead{font-size:1.03rem}figure{padding:.95rem .8rem .7rem}th,td{padding:.42rem .5rem}.figures span,dt{font-size:.8125rem}}
@media print{:root{${paletteVariables(LIGHT)};--page:#fff}.scroll{max-height:none;overflow:visible}thead th,tbody th,tfoot th,tfoot td{position:static}figure,.figures,.plan>div{break-inside:avoid}table{font-size:.66rem}th,td{padding:.25rem .3rem}}
`
  .trim()
  .replace(/\n/g, "");
