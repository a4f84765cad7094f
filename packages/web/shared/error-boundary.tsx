import { Component, type ComponentChildren } from "preact";

interface Props {
  readonly children: ComponentChildren;
}

/** A part of a page that may fail by itself: it says so in its own place, and everything around it goes on. Give it a key that changes with its input. */
export class ErrorBoundary extends Component<Props, { readonly message: string | null }> {
  override state = { message: null };

  static override getDerivedStateFromError(error: unknown): { readonly message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render({ children }: Props): ComponentChildren {
    const { message } = this.state;
    if (message === null) return children;
    return (
      <div class="card error" role="alert">
        <h3>This part of the page failed</h3>
        <p>{message}</p>
        <p>Nothing was changed by it. Choose something else, or load the page again.</p>
      </div>
    );
  }
}
