import type { Model } from "../unlearner/model.js";
import { modelDigest } from "../unlearner/model-digest.js";
import { VERSION } from "../version.js";

/**
 * What a file that leaves Expunge says of itself: what it is, by which version, and of which model, by the digest that certificates name.
 *
 * @param more further facts, under names without "expunge."
 */
export function exportFacts(
  kind: "features" | "predictions" | "weights",
  model: Pick<Model, "state"> | null,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, string>> {
  const { description, timeline } = model?.state ?? {};
  const facts: Record<string, unknown> = {
    kind,
    version: VERSION,
    model: model === null ? null : modelDigest(model.state),
    certificate: timeline?.certificateId,
    schemaDigest: description?.schemaDigest,
    ...more,
  };
  return Object.fromEntries(
    Object.entries(facts)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [`expunge.${name}`, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
