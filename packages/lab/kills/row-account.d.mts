/** What a run of kills is judged by. */
export interface Found {
  /** Requests that were accepted; `mayWait`: its rows may not have come to a model yet. */
  readonly asked: readonly {
    readonly id: string;
    readonly datasetId: string;
    readonly subjects: readonly string[];
    readonly mayWait: boolean;
  }[];
  /** All that the service has, by id. */
  readonly requests: ReadonlyMap<
    string,
    {
      readonly state: string;
      readonly tasks: readonly {
        readonly modelId: string;
        readonly state: string;
        readonly certificateId: string | null;
        readonly removedCount: number | null;
      }[];
    }
  >;
  /** By request, subject by subject. */
  readonly receipts: ReadonlyMap<
    string,
    readonly (readonly {
      readonly modelId: string;
      readonly certificateId: string;
      readonly proof: { readonly index: number };
    }[])[]
  >;
  readonly certificates: readonly {
    readonly id: string;
    readonly rowCount: number;
    readonly subjectCount: number;
  }[];
  /** `joined` and `removed`: rows, by all of its releases. */
  readonly models: readonly {
    readonly id: string;
    readonly datasetId: string;
    readonly isFromStart: boolean;
    readonly joined: number;
    readonly removed: number;
  }[];
  /** People by data set that nobody asked to forget. */
  readonly living: ReadonlyMap<string, number>;
  /** `rowCount`, `expected`: numbers of rows that were given out, and that there should be. */
  readonly datasets: readonly {
    readonly id: string;
    readonly rowCount: number;
    readonly expected: number;
    readonly additions: readonly { readonly firstRow: number; readonly rowCount: number }[];
  }[];
}

/** What is missing, and what was done more often than it was asked for, a line each. */
export function accountOf(found: Found): {
  readonly lost: readonly string[];
  readonly twice: readonly string[];
};
