import { Component, type ComponentChildren } from "preact";

interface Props {
  /** What is shown: once it is something else, the part is tried again. It stays as it is where nothing failed. */
  readonly of?: unknown;
  readonly children: ComponentChildren;
}

interface State {
  readonly of?: unknown;
  readonly message: string | null;
}

/** A part of a page that may fail by itself: it says so in its own place, and everything around it goes on. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { message: null };

  static override getDerivedStateFromProps({ of }: Props, state: State): State | null {
    return Object.is(of, state.of) ? null : { of, message: null };
  }

  static override getDerivedStateFromError(error: unknown): Partial<State> {
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
