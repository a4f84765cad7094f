import type { ComponentChildren } from "preact";
import { type Action, rolesFor } from "../access";
import { inWords } from "../in-words";
import type { Loaded } from "../load";
import { useSession } from "../session";

/** The three faces of something that has to be fetched. */
export function Await<T>({
  loaded,
  what,
  children,
}: {
  readonly loaded: Loaded<T>;
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}) {
  if (loaded.state === "loading") return <Loading what={what} />;
  if (loaded.state === "error") return <ErrorCard error={loaded.error} onRetry={loaded.again} />;
  return <>{children(loaded.value)}</>;
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="card loading" role="status">
      <span class="visually-hidden">Loading the {what}</span>
      <span class="bone wide" />
      <span class="bone" />
      <span class="bone narrow" />
    </div>
  );
}

export function Empty({
  title,
  isPage = false,
  children,
}: {
  readonly title: string;
  /** Whether it is all that there is on the page. */
  readonly isPage?: boolean;
  readonly children: ComponentChildren;
}) {
  const Heading = isPage ? "h1" : "h2";
  return (
    <div class="card empty">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

interface Shown {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly fields: readonly { readonly path: string; readonly message: string }[];
  readonly requestId: string | null;
}

/** A ClientError by its shape; anything else by its message. */
function shownOf(error: unknown): Shown {
  const {
    code = "",
    status = 0,
    message = String(error),
    details = {},
  } = error as Partial<Shown> & {
    details?: { errors?: Shown["fields"]; requestId?: string };
  };
  return { code, status, message, fields: details.errors ?? [], requestId: details.requestId ?? null };
}

const TITLES: Readonly<Record<string, string>> = {
  E_NETWORK: "The service does not answer",
  E_REQUEST: "Something that was given does not fit",
  E_FORBIDDEN: "Your key may not do this",
  E_UNAUTHENTICATED: "This key is not accepted",
  E_NOT_FOUND: "This is not here",
  E_RATE: "Too many requests at once",
  E_SCHEMA: "The schema does not fit",
  E_DATA: "The table does not fit its schema",
  E_OPTION: "One of the settings does not fit",
  E_DOMAIN: "One of the numbers is out of range",
  E_INFEASIBLE: "This cannot be certified",
  E_UNKNOWN_SUBJECT: "Nobody of that name is in the data",
};

export function ErrorCard({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { code, message, fields, requestId } = shownOf(error);
  return (
    <div class="card error" role="alert">
      <h3>{TITLES[code] ?? "That did not work"}</h3>
      <p>{inWords(message)}</p>
      {fields.length > 0 && (
        <ul>
          {fields.map((field) => (
            <li key={field.path}>
              <code>{field.path.replace(/^\//, "").replaceAll("/", ".")}</code> {field.message}
            </li>
          ))}
        </ul>
      )}
      {code !== "" && (
        <p class="soft small">
          Code {code}
          {requestId !== null && <>, answer {requestId}: the operator finds it in the log by this number</>}.
        </p>
      )}
      {onRetry && (
        <p>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** In place of a page that the key's role has no part in. */
export function NotAllowed({
  action,
  what,
  isPage = true,
}: {
  readonly action: Action;
  readonly what: string;
  readonly isPage?: boolean;
}) {
  const { me } = useSession();
  return (
    <Empty title={`${what} are not open to this key`} isPage={isPage}>
      <p>
        You are signed in with a key of role <strong>{me.role}</strong>. To {action}, a key of one of these
        roles is needed: {rolesFor(action).join(", ")}. Whoever runs this service can make one.
      </p>
    </Empty>
  );
}
