import { packageFile } from "../package-file.js";

/** Where the built dashboard is, for `readPages`; there may be none in a build without pages. */
export function dashboardFolder(): string {
  return packageFile("dist", "dashboard");
}
