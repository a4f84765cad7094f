import type { Check } from "../shared/checks/certificate-checks.js";
import type { Checked } from "./check.js";

/** Whether the claim was computed, as far as the checks got: none of them may be said to have been run that was not. */
export const computedWords = (checks: readonly Check[]): string =>
  checks.some(({ state }) => state === "not run")
    ? "An earlier check failed, so not every number of the claim was computed again."
    : "It computed every number of the claim again, from the steps and the noise that the certificate states.";

/** Of a certificate that names a key which is not there. It may be genuine or not. */
export const missingKeyWords = ({ fingerprint, areAllFetched }: NonNullable<Checked["missingKey"]>): string =>
  `Not checked: it says that key ${fingerprint} signed it, which is not one ${areAllFetched ? "of this server’s" : "that was given, or of this server’s"}. Give the issuer’s key below. Until then nothing that this certificate claims should be relied on.`;
