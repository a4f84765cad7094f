import { mkdir, open, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { createSigner, publicKeyToPem, type Signer } from "../certificate/dsse.js";
import { ExpungeError } from "../errors.js";
import { randomBytes } from "../records/bytes.js";

/** Where the signing key is kept unless told otherwise: $EXPUNGE_KEY, or ~/.config/expunge/signing-key. */
export function defaultKeyPath(): string {
  return process.env.EXPUNGE_KEY ?? join(homedir(), ".config", "expunge", "signing-key");
}

/**
 * Reads the Ed25519 signing key (64 hex digits), making one on first use, readable by its owner alone; the public key is written
 * beside it as `<path>.pub` (PEM).
 *
 * @throws ExpungeError E_KEY where the file is no key, or others can read it
 */
export async function loadOrCreateSigner(path: string = defaultKeyPath()): Promise<Signer> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new ExpungeError("E_KEY", `Cannot read the signing key ${path}: ${error.message}`);
  });
  if (text === null) return createKeyFile(path);
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new ExpungeError(
      "E_KEY",
      `The signing key ${path} can be read by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
    );
  }
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new ExpungeError("E_KEY", `Expected ${path} to hold an Ed25519 seed as 64 hex digits.`);
  }
  return createSigner(hexToBytes(text.trim()));
}

async function createKeyFile(path: string): Promise<Signer> {
  const seed = randomBytes(32);
  const signer = createSigner(seed);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeNew(path, `${bytesToHex(seed)}\n`, 0o600);
  } catch (error) {
    // Another process was first: its key is the key.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return loadOrCreateSigner(path);
    throw error;
  }
  await writeNew(`${path}.pub`, publicKeyToPem(signer.publicKey), 0o644).catch(() => {});
  return signer;
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
