import * as engine from "../src/engine/index.js";
import { weightsOf } from "./build-weights.js";

/* Prints what `weightsOf` gives, for engine/builds.test.ts, which starts it under other flags. */

process.stdout.write(JSON.stringify([engine.kernelBuild(), await weightsOf(engine)]));
