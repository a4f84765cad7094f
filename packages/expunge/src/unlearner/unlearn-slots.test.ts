import { expect, it, vi } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { createSigner } from "../certificate/dsse.js";
import { newCertificateId } from "../certificate/make.js";
import { fit } from "./index.js";
import type { ModelState } from "./model-state.js";
import type { ProcessKernel } from "./process-kernel.js";
import { unlearnSlots } from "./unlearn-slots.js";

it.each([true, false])("keeps what slots held to put it back: %s", async (mayRollBack) => {
  const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
  const model = await fit(syntheticDataset({ rowCount: 200 }), options);
  const state = Reflect.get(model, "state") as ModelState;
  const { kernel } = Reflect.get(model, "process") as { readonly kernel: ProcessKernel };
  const before = await kernel.readSlot(7);
  const read = vi.spyOn(kernel, "readSlot");
  const removal = {
    ...{ slots: Uint32Array.of(3, 7), subjects: { count: 0, root: null } },
    certificateId: newCertificateId(),
  };
  const details = { signer: createSigner(), target: state.plan.target, mayRollBack };
  const { removed, rollback } = await unlearnSlots(state, kernel, removal, details);
  expect(read).toHaveBeenCalledTimes(mayRollBack ? 2 : 0);
  expect(removed).toEqual({ slots: Uint32Array.of(3, 7), contents: null });
  const empty = { features: new Float32Array(before.features.length), label: 0 };
  expect(await kernel.readSlot(7)).toEqual(empty);
  rollback();
  expect(await kernel.readSlot(7)).toEqual(mayRollBack ? before : empty);
  model.dispose();
});
