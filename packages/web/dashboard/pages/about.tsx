import { lazy } from "../lazy";
import { linkTo } from "../router";

const Meaning = lazy(async () => (await import("../../shared/certificate-meaning")).CertificateMeaning);

/** What a certificate says, and what it does not; with a certificate's own figures where one led here. */
export function AboutPage(figures: { readonly epsilon?: number; readonly delta?: number }) {
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("certificates")}>Certificates</a>
      </p>
      <Meaning {...figures} />
    </>
  );
}
