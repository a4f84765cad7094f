import { useLoaded } from "../load";
import { useSession } from "../session";

/** A data set by the name that people know, with its id beside it; by its id alone where it is gone, or not for this key to read. */
export function DatasetName({ id }: { readonly id: string }) {
  const { client, may } = useSession();
  const isReader = may("read data sets");
  const found = useLoaded(
    async () => (isReader ? (await client.datasets.get(id)).name : null),
    [client, id, isReader],
  );
  return (
    <>
      {found.value !== null && <>{found.value} </>}
      <code class="mono soft">{id}</code>
    </>
  );
}
