import { useRef, useState } from "preact/hooks";

interface Props {
  /** Of the field, for its label and for what describes it. */
  readonly id?: string;
  readonly "aria-describedby"?: string;
  /** As of an input of type file. What is dropped may be something else. */
  readonly accept?: string;
  readonly isMany?: boolean;
  readonly required?: boolean;
  /** Called with at least one file. */
  readonly onFiles: (files: readonly File[]) => void;
}

/** Takes files, chosen or dropped anywhere in the area: the one way in which pages do. Styles: drop-area.css. */
export function DropArea({ accept, isMany = false, required = false, onFiles, ...wiring }: Props) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    // Into the field, which then shows the name, and no longer asks for a file.
    const kept = new DataTransfer();
    const dropped = [...(event.dataTransfer?.files ?? [])];
    for (const file of isMany ? dropped : dropped.slice(0, 1)) kept.items.add(file);
    if (kept.files.length === 0 || input.current === null) return;
    input.current.files = kept.files;
    onFiles([...kept.files]);
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
