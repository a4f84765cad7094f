import { HttpError } from "./problem.js";

/** What uploads of one tenant may have at once, at one server. */
export interface UploadLimits {
  /** Uploads, those that wait for their turn among them. */
  readonly most: number;
  /** Bytes of them together; one that is alone has limits of its own. */
  readonly mostBytes: number;
}

/** What one upload has. */
export interface UploadRoom {
  /** More of it has come than was known: so many bytes in all. @throws HttpError E_RATE where the tenant's come to too many together */
  grow(bytes: number): void;
  giveBack(): void;
}

interface Held {
  bytes: number;
}

/** By then some may be stored. */
const RETRY_SECONDS = 10;

/** Uploads that are here, by tenant: each has a file, a connection and its place on the disk until it is stored. */
export class UploadRooms {
  readonly #ofTenant = new Map<string, Set<Held>>();

  /**
   * Makes room for one more.
   *
   * @param bytes as many as it is said to have; 0 where nothing is said
   * @throws HttpError E_RATE where the tenant has too many already, or they would come to too many bytes together
   */
  take(tenantId: string, bytes: number, limits: UploadLimits): UploadRoom {
    const own = this.#ofTenant.get(tenantId) ?? new Set<Held>();
    if (own.size >= limits.most)
      throw tooMany(`This tenant has ${own.size} uploads at this server already; try again later.`);
    const held = { bytes: 0 };
    const grow = (to: number): void => {
      const others = [...own].reduce((sum, one) => sum + (one === held ? 0 : one.bytes), 0);
      if (others > 0 && others + to > limits.mostBytes)
        throw tooMany(
          `This tenant's uploads at this server would come to more than ${limits.mostBytes} bytes together; try again once some are stored.`,
        );
      held.bytes = Math.max(held.bytes, to);
    };
    grow(bytes);
    own.add(held);
    this.#ofTenant.set(tenantId, own);
    return {
      grow,
      giveBack: () => {
        own.delete(held);
        if (own.size === 0 && this.#ofTenant.get(tenantId) === own) this.#ofTenant.delete(tenantId);
      },
    };
  }
}

const tooMany = (detail: string): HttpError => new HttpError("E_RATE", detail, undefined, RETRY_SECONDS);
