import { createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { ExpungeError } from "expunge";

/** How the service answers as an OpenDSR processor. */
export interface OpendsrOptions {
  /** The processor's domain, as answers name it. */
  readonly domain: string;
  /** Where callers find this server, such as https://expunge.example.com; answers hold addresses below it. */
  readonly publicUrl: string;
  /** Private key in PEM: ECDSA P-256, or RSA of at least 2048 bits. */
  readonly key: string;
  /** X.509 certificate of the key in PEM, issued by an authority; a self-signed one is for tests. */
  readonly certificate: string;
  /** Default: https to public addresses only. */
  readonly callbacks?: CallbackGuard;
}

/** Which addresses callbacks may go to. */
export interface CallbackGuard {
  /** Plain http too: for tests. */
  readonly allowHttp?: boolean;
  /** Addresses of private networks and of this machine too: where your privacy tool runs beside Expunge, and for tests. */
  readonly allowPrivate?: boolean;
  /** How long a try may take; default 10,000 ms. */
  readonly timeoutMs?: number;
}

/** Who signs answers. */
export interface Processor {
  readonly domain: string;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly certificate: string;
  readonly isSelfSigned: boolean;
  readonly callbacks: CallbackGuard;
  /** Base64 of the signature of a body: SHA-256 with ECDSA (in DER) or RSA (PKCS #1 v1.5), both of FIPS 186-4. */
  sign(body: string | Uint8Array): string;
}

/** @throws ExpungeError E_KEY for a key of another kind, or one that is not the certificate's; E_OPTION for the rest */
export function processorOf({
  domain,
  publicUrl,
  key,
  certificate,
  callbacks = {},
}: OpendsrOptions): Processor {
  if (!/^[a-z0-9.-]+(:\d+)?$/i.test(domain))
    throw new ExpungeError("E_OPTION", `Expected opendsr.domain = ${JSON.stringify(domain)} to be a domain.`);
  if (!URL.canParse(publicUrl) || !/^https?:\/\//.test(publicUrl))
    throw new ExpungeError("E_OPTION", "Expected opendsr.publicUrl to be an http or https address.");
  const privateKey = readKey(key);
  const issued = readCertificate(certificate);
  if (!issued.checkPrivateKey(privateKey))
    throw new ExpungeError("E_KEY", "The certificate of OpenDSR is another key's.");
  return {
    domain,
    publicUrl: publicUrl.replace(/\/+$/, ""),
    certificate,
    isSelfSigned: issued.subject === issued.issuer,
    callbacks,
    sign: (body) => sign("sha256", Buffer.from(body), privateKey).toString("base64"),
  };
}

function readKey(pem: string): KeyObject {
  const key = (() => {
    try {
      return createPrivateKey(pem);
    } catch {
      throw new ExpungeError("E_KEY", "The key of OpenDSR cannot be read: expected a private key in PEM.");
    }
  })();
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const isFit =
    (key.asymmetricKeyType === "ec" && namedCurve === "prime256v1") ||
    (key.asymmetricKeyType === "rsa" && modulusLength >= 2048);
  if (isFit) return key;
  throw new ExpungeError(
    "E_KEY",
    "Expected the key of OpenDSR to be ECDSA P-256 or RSA of 2048 bits or more.",
  );
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ExpungeError("E_KEY", "The certificate of OpenDSR cannot be read: expected X.509 in PEM.");
  }
}
