import { describe, expect, it } from "vitest";
import { createSigner } from "../certificate/dsse.js";
import { emptyRoot } from "../merkle/merkle-tree.js";
import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from "./checkpoint.js";
import { createNoteSigner, parseVerifierKey } from "./note-key.js";

/** From sum.golang.org/latest on 2024-09-23, as kept in the tests of sigsum-go. */
const GO_CHECKPOINT = `go.sum database tree
30055305
mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=

— sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=
`;
const GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const ROOT_LINE = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

const log = createNoteSigner("example.com/log", createSigner(new Uint8Array(32).fill(3)));
const witness = createNoteSigner("witness.example", createSigner(new Uint8Array(32).fill(4)));
const checkpoint: Checkpoint = {
  origin: "example.com/log",
  size: 7,
  root: new Uint8Array(32).fill(5),
  extensions: [],
};

describe("a checkpoint", () => {
  it("of Go's checksum database opens with its key", () => {
    const key = parseVerifierKey(GO_KEY);
    const { origin, size } = openCheckpoint(GO_CHECKPOINT, key, "go.sum database tree");
    expect({ origin, size }).toEqual({ origin: "go.sum database tree", size: 30_055_305 });
    expect(() => openCheckpoint(GO_CHECKPOINT, key)).toThrow('expected origin "sum.golang.org"');
    expect(() => openCheckpoint(GO_CHECKPOINT.replace("30055305", "30055306"), key)).toThrow("not valid");
  });

  it("of the specification's example is read and written", () => {
    const text = `example.com/behind-the-sofa\n20852163\n${ROOT_LINE}\n`;
    const read = parseCheckpoint(text);
    expect(read).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163, extensions: [] });
    expect(formatCheckpoint(read)).toBe(text);
  });

  it("signed by log and witness opens with either key", () => {
    const note = signCheckpoint({ ...checkpoint, extensions: ["one", "two"] }, [log, witness]);
    expect(openCheckpoint(note, log)).toEqual({ ...checkpoint, extensions: ["one", "two"] });
    expect(openCheckpoint(note, witness, "example.com/log").size).toBe(7);
    expect(() => openCheckpoint(signCheckpoint(checkpoint, [witness]), log)).toThrow(
      "Expected a note signed by",
    );
  });

  it("of the empty tree has its root", () => {
    const empty = { ...checkpoint, size: 0, root: emptyRoot() };
    expect(openCheckpoint(signCheckpoint(empty, [log]), log)).toEqual(empty);
    expect(() => formatCheckpoint({ ...checkpoint, size: 0 })).toThrow("of the empty tree");
  });

  it.each([
    ["no final newline", `a\n1\n${ROOT_LINE}`, "a final newline"],
    ["no root", "a\n1\n", "three lines"],
    ["an empty origin", `\n1\n${ROOT_LINE}\n`, "line 1 empty"],
    ["an empty extension line", `a\n1\n${ROOT_LINE}\n\nb\n`, "line 4 empty"],
    ["a leading zero", `a\n01\n${ROOT_LINE}\n`, "leading zeros"],
    ["a sign", `a\n+1\n${ROOT_LINE}\n`, "decimal size"],
    ["hexadecimal", `a\n0x1\n${ROOT_LINE}\n`, "decimal size"],
    ["other digits", `a\n١\n${ROOT_LINE}\n`, "decimal size"],
    ["2^53", `a\n9007199254740992\n${ROOT_LINE}\n`, "decimal size"],
    ["a short root", "a\n1\nAAAA\n", "root of 32 bytes"],
    ["a root without padding", `a\n1\n${ROOT_LINE.slice(0, -1)}\n`, "root of 32 bytes"],
    ["stray bits in the root", `a\n1\n${ROOT_LINE.replace("2I=", "2J=")}\n`, "root of 32 bytes"],
    ["a root in base64url", `a\n1\n${ROOT_LINE.replace("/", "_")}\n`, "root of 32 bytes"],
  ])("is refused: %s", (_, text, reason) => {
    expect(() => parseCheckpoint(text)).toThrow(reason);
  });

  it("is not written with line breaks inside its lines or numbers out of range", () => {
    expect(() => formatCheckpoint({ ...checkpoint, origin: "a\n1" })).toThrow("Malformed checkpoint");
    expect(() => formatCheckpoint({ ...checkpoint, extensions: ["a\nb"] })).toThrow("line breaks");
    expect(() => formatCheckpoint({ ...checkpoint, size: 1.5 })).toThrow("decimal size");
    expect(() => formatCheckpoint({ ...checkpoint, root: new Uint8Array(31) })).toThrow("32 bytes");
  });
});
