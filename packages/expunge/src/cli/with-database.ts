import { loadService } from "./load-service.js";

type Service = typeof import("@expunge/service");
type Database = Awaited<ReturnType<Service["openDatabase"]>>;

/** Runs a command on a service's database, which is closed afterwards. @throws ExpungeError E_DATABASE where it goes away meanwhile */
export async function withDatabase<T>(
  command: string,
  location: string,
  use: (database: Database, service: Service) => Promise<T>,
): Promise<T> {
  const service = await loadService(command);
  const database = await service.openDatabase(location);
  try {
    return await use(database, service);
  } catch (error) {
    throw service.namingLostConnection(error);
  } finally {
    await database.close();
  }
}
