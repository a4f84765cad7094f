import { Resvg } from "@resvg/resvg-js";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { type DemoReport, freezeDemoReport } from "./demo-report.js";
import { renderReport } from "./render-report.js";
import { sampleReport } from "./sample-report.js";

const VOID = new Set(["meta", "br", "hr", "img", "input", "link"]);

/** Every tag that is opened is closed, in order; throws naming the first that is not. Knows no optional end tags. */
function requireBalanced(text: string): void {
  const open: string[] = [];
  for (const [tag, end, name, selfClosed] of text.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^">])*?(\/?)>/g,
  )) {
    if (VOID.has(name!) || selfClosed) continue;
    if (!end) open.push(name!);
    else if (open.pop() !== name) throw new Error(`${tag} closes nothing near ${tag}`);
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(" ")}`);
}

function changed(change: (report: DemoReport) => unknown): DemoReport {
  const base = sampleReport(12, 3);
  return freezeDemoReport({ ...base, ...(change(base) as object) });
}

const REPORTS: readonly [string, DemoReport][] = [
  ["40 requests", sampleReport()],
  ["1 request", sampleReport(1)],
  ["200 requests", sampleReport(200)],
  [
    "no step at all",
    changed((r) => ({
      requests: r.requests.map((q) => ({ ...q, steps: 0, gradientEvaluations: 0 })),
      totals: { ...r.totals, steps: 0, gradientEvaluations: 0 },
    })),
  ],
  [
    "rows without owners, no noiseless run, a paper that cannot",
    changed((r) => ({
      dataset: { ...r.dataset, subjectCount: null },
      training: { ...r.training, noiselessAccuracy: null },
      requests: r.requests.map((q, i) => ({
        ...q,
        paperSteps: i > 5 ? null : q.paperSteps,
      })),
      totals: { ...r.totals, paperSteps: null, retrainMillisecondsMeasured: null },
    })),
  ],
  [
    "noise on release, which the paper's accountant does not know",
    changed((r) => ({
      plan: { ...r.plan, noise: { kind: "on-release", most: 0.1 } },
      requests: r.requests.map((q) => ({ ...q, paperSteps: null })),
      totals: { ...r.totals, paperSteps: null },
    })),
  ],
  [
    "every objective's words",
    changed((r) => ({
      plan: { ...r.plan, objective: { kind: "softmax", classCount: 10 }, deletion: "replace" },
      commands: [],
    })),
  ],
];

describe.each(REPORTS)("renderReport, %s", (_, report) => {
  const text = renderReport(report);
  const { document } = parseHTML(text);

  it("is well-formed, and each picture is well-formed XML", () => {
    expect(() => requireBalanced(text)).not.toThrow();
    const pictures = text.match(/<svg[^>]*role="img"[\s\S]*?<\/svg>/g)!;
    expect(pictures).toHaveLength(8);
    for (const picture of pictures) expect(() => new Resvg(picture)).not.toThrow();
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  it("loads nothing and runs nothing", () => {
    expect(document.querySelectorAll("script, link, img, iframe, object, embed, form")).toHaveLength(0);
    expect(text).not.toMatch(/\bon\w+=|@import|url\(|javascript:/i);
    for (const element of document.querySelectorAll("[href], [src]")) {
      expect(element.getAttribute("href")).toMatch(/^certificates\/\d{4}\.json$/);
    }
    expect(text.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:/);
  });

  it("has a line for every request, with its certificate", () => {
    const rows = [...document.querySelectorAll("tbody tr")];
    expect(rows).toHaveLength(report.requests.length);
    rows.forEach((row, i) => {
      expect(row.querySelector("th")!.textContent).toBe(String(i + 1));
      expect(row.querySelector("a")!.getAttribute("href")).toBe(report.requests[i]!.certificateFile);
    });
    const columns = document.querySelectorAll("thead th").length;
    for (const row of document.querySelectorAll("tr")) expect(row.children).toHaveLength(columns);
  });

  it("can be read aloud: one h1, no level skipped, every picture and region named", () => {
    const levels = [...document.querySelectorAll("h1, h2, h3")].map((heading) => Number(heading.tagName[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, i) => void expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1));
    for (const picture of document.querySelectorAll("svg[role=img]")) {
      expect(picture.getAttribute("aria-label")!.length).toBeGreaterThan(20);
      expect(picture.querySelector("title")!.textContent).toBe(picture.getAttribute("aria-label"));
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const element of document.querySelectorAll("[aria-labelledby]")) {
      expect(ids).toContain(element.getAttribute("aria-labelledby"));
    }
    expect(document.querySelector("html")!.getAttribute("lang")).toBe("en");
  });
});

describe("renderReport", () => {
  it("says the finding in its heading", () => {
    const { document } = parseHTML(renderReport(sampleReport()));
    const { totals } = sampleReport();
    expect(document.querySelector("h1")!.textContent).toBe(
      `40 deletion requests, answered in ${totals.steps} training steps; retraining takes 60,000.`,
    );
  });

  it("gives the same text for the same report", () => {
    expect(renderReport(sampleReport())).toBe(renderReport(sampleReport()));
  });

  it("marks requests without a step, and a certificate that was refused", () => {
    const report = changed((r) => ({ requests: r.requests.map((q, i) => ({ ...q, verified: i !== 4 })) }));
    const { document } = parseHTML(renderReport(report));
    const free = report.requests.filter((request) => request.steps === 0);
    expect(free.length).toBeGreaterThan(0);
    expect(document.querySelectorAll("td.free")).toHaveLength(free.length);
    expect(
      document.querySelectorAll('.wide circle[fill="var(--ground)"], .wide [fill="var(--ground)"] circle')
        .length,
    ).toBe(free.length);
    expect(document.querySelector(".verdict.failed")!.textContent).toContain("request 5");
    expect(document.querySelectorAll("span.bad")).toHaveLength(1);
    expect(document.querySelector("tfoot")!.textContent).toContain("11 of 12 verified");
  });

  it("shows names as text and links to nothing outside, whatever they are", () => {
    const hostile = '"><script>alert(1)</script>&amp;';
    for (const certificateFile of [
      "https://example.com/x.json",
      "//example.com/x",
      "javascript:alert(1)",
      "/etc/passwd",
      hostile,
    ]) {
      const report = changed((r) => ({
        title: hostile,
        dataset: { ...r.dataset, name: hostile, source: hostile },
        commands: [hostile],
        requests: r.requests.map((q) => ({ ...q, certificateFile })),
      }));
      const text = renderReport(report);
      expect(() => requireBalanced(text)).not.toThrow();
      const { document } = parseHTML(text);
      expect(document.querySelectorAll("script, a")).toHaveLength(0);
      expect(document.querySelector("title")!.textContent).toBe(hostile);
      expect(document.querySelector("pre")!.textContent).toBe(hostile);
    }
  });

  it("refuses a report without requests", () => {
    expect(() => renderReport(changed(() => ({ requests: [] })))).toThrow(
      expect.objectContaining({ code: "E_OPTION" }),
    );
  });
});
