import type { FastifyInstance, FastifySchemaCompiler } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import type { z } from "zod";
import { ChildLine } from "../child/child-line.js";
import type { LONG_BODIES } from "../child/read-body.js";
import { HttpError } from "./problem.js";

/*
 * A body of many megabytes would hold up everybody else's answers while it is parsed and looked over: a process of its own does that.
 */

/** Bytes up to which a body is read at once, which takes a few milliseconds. */
const MAX_QUICK_BYTES = 2 ** 18;

const LIMITS = { ms: 10_000, mib: 512 };

const line = new ChildLine(LIMITS, () => {
  const most = `${LIMITS.ms / 1000} seconds or ${LIMITS.mib} MiB`;
  return new HttpError("E_TOO_LARGE", `Reading this body takes more than ${most}. Send it in parts.`);
});

/** On routes of this scope a long body is left as bytes, which no schema looks at yet. */
export function leaveLongBodies(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser("error", "error");
  scope.removeContentTypeParser("application/json");
  scope.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    if (body.length > MAX_QUICK_BYTES) return done(null, body);
    parse(request, body.toString("utf8"), done);
  });
  scope.setValidatorCompiler(passingBytes as FastifySchemaCompiler<unknown>);
}

const passingBytes = (
  route: Parameters<typeof validatorCompiler>[0],
): ReturnType<typeof validatorCompiler> => {
  const validate = validatorCompiler(route);
  return (value) => (Buffer.isBuffer(value) ? { value } : validate(value));
};

/** @param owner whose turn it takes @param body as the route has it @throws HttpError E_TOO_LARGE; BodyError; ExpungeError E_WORKER */
export async function bodyOf<N extends keyof typeof LONG_BODIES>(
  owner: string,
  name: N,
  body: unknown,
): Promise<z.output<(typeof LONG_BODIES)[N]>> {
  if (!Buffer.isBuffer(body)) return body as z.output<(typeof LONG_BODIES)[N]>;
  return (await line.ask(owner, "readBody", [name, body])) as z.output<(typeof LONG_BODIES)[N]>;
}
