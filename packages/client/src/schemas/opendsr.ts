import { z } from "zod";
import { GivenTime, HoldsView, Meaning, TimeText } from "./common.js";

/*
 * OpenDSR 2.0 and, under its old names, 1.0. Fields that are not known are passed over, as the specification wants for extensions of later
 * versions.
 */

const Identity = z.object({
  identity_type: z.string().min(1).max(100),
  identity_value: z.string().min(1).max(1000),
  identity_format: z.enum(["raw", "sha1", "md5", "sha256"]),
});

const shared = {
  api_version: z.string().max(20).optional(),
  subject_request_id: z
    .string()
    .regex(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      "Expected a UUID v4 in lower case.",
    ),
  subject_request_type: z.literal("erasure"),
  subject_identities: z.array(Identity).min(1).max(100),
  submitted_time: GivenTime,
  status_callback_urls: z.array(z.string().min(1).max(2000)).max(10).optional(),
  extensions: z.record(z.string(), z.unknown()).optional(),
};

export const OpendsrRequest = z
  .object({ ...shared, regulation: z.enum(["gdpr", "ccpa"]) })
  .meta({ id: "OpendsrRequest" });

export const OpengdprRequest = z
  .object({ ...shared, regulation: z.enum(["gdpr", "ccpa"]).optional() })
  .meta({ id: "OpengdprRequest" });

export const OpendsrDiscovery = z
  .object({
    api_version: z.string(),
    supported_identities: z.array(z.object({ identity_type: z.string(), identity_format: z.string() })),
    supported_subject_request_types: z.array(z.literal("erasure")),
    processor_certificate: z.string(),
  })
  .meta({ id: "OpendsrDiscovery" });

export const OpendsrReceipt = z
  .object({
    controller_id: z.string(),
    expected_completion_time: TimeText,
    received_time: TimeText,
    encoded_request: z.string().describe("Base64 of the whole body as it came."),
    subject_request_id: z.string(),
  })
  .meta({ id: "OpendsrReceipt" });

export const OpendsrStatus = z
  .object({
    api_version: z.string(),
    controller_id: z.string(),
    expected_completion_time: TimeText,
    subject_request_id: z.string(),
    request_status: z.enum(["pending", "in_progress", "completed", "cancelled"]),
    results_url: z.string().optional().describe("Certificates of the erasure."),
    results_count: z.number().int().optional().describe("Rows forgotten."),
  })
  .meta({ id: "OpendsrStatus" });

export const OpendsrCancellation = z
  .object({
    api_version: z.string(),
    controller_id: z.string(),
    received_time: TimeText,
    subject_request_id: z.string(),
  })
  .meta({ id: "OpendsrCancellation" });

export const OpendsrCertificates = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      modelId: z.string(),
      holds: HoldsView,
      meaning: Meaning,
      envelope: z.unknown(),
    }),
  ),
});

export const OpendsrError = z
  .object({
    error: z.object({
      code: z.number().int(),
      message: z.string(),
      errors: z.array(z.object({ domain: z.string(), reason: z.string(), message: z.string() })),
    }),
  })
  .meta({ id: "OpendsrError" });

/** A request for erasure in OpenDSR's form (or OpenGDPR's, without `regulation`). */
export interface OpendsrRequest extends z.output<typeof OpengdprRequest> {}
/** The state of an OpenDSR request. */
export interface OpendsrStatus extends z.output<typeof OpendsrStatus> {}
/** An error in OpenDSR's form. */
export interface OpendsrError extends z.output<typeof OpendsrError> {}
