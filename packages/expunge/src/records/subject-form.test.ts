import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formSubject, SUBJECT_FORMS } from "./subject-form.js";

describe("formSubject", () => {
  it("leaves ids as they are, unless a form is asked for", () => {
    expect(formSubject(" Zoe\u0308\u00a0", "none")).toBe(" Zoe\u0308\u00a0");
    expect(formSubject(" Zoe\u0308\u00a0", "NFC")).toBe(" Zo\u00eb\u00a0");
  });

  it.each([
    "zo\u00eb@example.com",
    "zoe\u0308@example.com",
    " Zo\u00cb@Example.com\t",
    "\u00a0zo\u00eb@example.com\u202f",
    "\ufeffzo\u00eb\u200b@exam\u00adple.com\u200d",
    "zoe\u034f\u0308@example.com",
  ])("makes one of what looks alike: %j", (id) => {
    expect(formSubject(id, "NFC-trim-lower-case")).toBe("zo\u00eb@example.com");
  });

  it("keeps apart what differs", () => {
    const ids = ["ann lee", "annlee", "ann  lee", "\u00e4nn lee", "1.0", "1", "stra\u00dfe", "strasse"];
    expect(new Set(ids.map((id) => formSubject(id, "NFC-trim-lower-case"))).size).toBe(ids.length);
  });

  it("knows a Greek name in capitals", () => {
    const form = (id: string) => formSubject(id, "NFC-trim-lower-case");
    expect(form("\u039d\u0399\u039a\u039f\u03a3")).toBe(form("\u03bd\u03b9\u03ba\u03bf\u03c2"));
  });

  it("changes nothing when done again", () => {
    const text = fc.string({ unit: "binary" });
    for (const form of SUBJECT_FORMS)
      fc.assert(
        fc.property(text, (id) => formSubject(formSubject(id, form), form) === formSubject(id, form)),
        { numRuns: 300 },
      );
  });
});
