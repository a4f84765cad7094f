import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** Of the field, for its label and for what describes it. */
  readonly id?: string;
  readonly "aria-describedby"?: string;
  /** As of an input of type file. What is dropped may be something else. */
  readonly accept?: string;
  readonly isMany?: boolean;
  readonly required?: boolean;
  /** What is chosen now, null for nothing, where something else than this field may choose it: the field then shows its name. */
  readonly chosen?: File | null;
  /** Called with at least one file. */
  readonly onFiles: (files: readonly File[]) => void;
}

/** Takes files, chosen or dropped anywhere in the area: the one way in which pages do. Styles: drop-area.css. */
export function DropArea({ accept, isMany = false, required = false, chosen, onFiles, ...wiring }: Props) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  /** Into the field, which then shows the name, and no longer asks for a file. */
  const put = (files: readonly File[]): void => {
    if (input.current === null) return;
    const kept = new DataTransfer();
    for (const file of files) kept.items.add(file);
    input.current.files = kept.files;
  };
  useEffect(() => {
    if (chosen === undefined || (input.current?.files?.[0] ?? null) === chosen) return;
    put(chosen === null ? [] : [chosen]);
  }, [chosen]);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const dropped = [...(event.dataTransfer?.files ?? [])];
    const files = isMany ? dropped : dropped.slice(0, 1);
    if (files.length === 0) return;
    put(files);
    onFiles(files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the field inside does the same by keyboard and by touch
    <div
      class={`drop-area${isOver ? " over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        {...wiring}
        ref={input}
        type="file"
        accept={accept}
        multiple={isMany}
        required={required}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          if (files.length > 0) onFiles(files);
        }}
      />
      <span class="soft small" aria-hidden="true">
        or drop {isMany ? "files" : "a file"} here
      </span>
    </div>
  );
}
