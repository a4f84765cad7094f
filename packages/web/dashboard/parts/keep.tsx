import { useState } from "preact/hooks";

/** Copies a text; says so. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button type="button" onClick={copy}>
      {isCopied ? "Copied" : `Copy ${what}`}
    </button>
  );
}

/** Offers a text as a file of this computer. */
export function SaveButton({
  name,
  text,
  what,
}: {
  readonly name: string;
  readonly text: string;
  readonly what: string;
}) {
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button type="button" onClick={save}>
      Save {what}
    </button>
  );
}
