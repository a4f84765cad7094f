import { useState } from "preact/hooks";
import { saveFile } from "../../shared/save-file";

/** Copies a text; says so. */
export function CopyButton({
  text,
  what,
  onCopied,
}: {
  readonly text: string;
  readonly what: string;
  readonly onCopied?: () => void;
}) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        onCopied?.();
      },
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
  about = "",
  onSaved,
}: {
  readonly name: string;
  readonly text: string;
  readonly what: string;
  /** For screen readers, where several buttons save the same thing of different people. */
  readonly about?: string;
  readonly onSaved?: () => void;
}) {
  const save = (): void => {
    saveFile(name, text);
    onSaved?.();
  };
  return (
    <button type="button" onClick={save}>
      Save {what}
      {about !== "" && <span class="visually-hidden">{about}</span>}
    </button>
  );
}
