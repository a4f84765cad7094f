import { readTableHead, type TableHead } from "expunge/draft";
import { config } from "zod";
import { firstBytesOf } from "./first-bytes";

// The page's policy allows no code that is made out of text, which zod would try.
config({ jitless: true });

/** @throws what an ErrorCard shows, for what is no CSV */
export async function tableHeadOf(file: File, header?: boolean): Promise<TableHead> {
  return readTableHead(await firstBytesOf(file), header === undefined ? {} : { header });
}
