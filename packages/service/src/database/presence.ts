import type pg from "pg";
import { endClient } from "./end-client.js";
import { newId } from "./ids.js";

/**
 * One connection by which others see that this process is there: it holds a lock under a name of its own, and PostgreSQL lets go of that when the
 * connection ends, however that comes.
 */
export class Presence {
  private readonly open: () => pg.Client;
  private live: { readonly client: pg.Client; readonly session: string } | null = null;
  private opening: Promise<string> | null = null;
  private isClosed = false;

  constructor(open: () => pg.Client) {
    this.open = open;
  }

  /** @returns the name under which it is there; a new one after a connection that broke */
  async show(): Promise<string> {
    if (this.live) return this.live.session;
    this.opening ??= this.connect().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** A connection that breaks at this is not used again. */
  async executeSql<Row>(text: string, values: unknown[]): Promise<{ rows: Row[] }> {
    await this.show();
    const { live } = this;
    if (live === null) throw new Error("The connection has just ended.");
    return live.client.query<Row & pg.QueryResultRow>(text, values).catch((error: Error) => {
      this.drop(live.client);
      throw error;
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.opening?.catch(() => {});
    const client = this.live?.client;
    this.live = null;
    if (client) await endClient(client);
  }

  private async connect(): Promise<string> {
    if (this.isClosed) throw new Error("The database is closed.");
    const client = this.open();
    client.on("error", () => this.drop(client));
    client.on("end", () => this.drop(client));
    const session = newId();
    try {
      await client.connect();
      await client.query("select pg_advisory_lock(hashtextextended($1, 1))", [session]);
    } catch (error) {
      await endClient(client);
      throw error;
    }
    this.live = { client, session };
    return session;
  }

  private drop(client: pg.Client): void {
    if (this.live?.client !== client) return;
    this.live = null;
    void endClient(client);
  }
}
