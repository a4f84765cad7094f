/** What the service says, in the words of whoever sees a form: a place in a list that they typed, and an option by what its control is called. */
export const inWords = (message: string): string =>
  message
    .replace(/^subjects\[(\d+)\]/, (_, place: string) => `Id ${Number(place) + 1} of your list`)
    .replace(
      'The option unknown: "skip" serves the others.',
      "To serve the others, choose to pass over ids that nobody knows.",
    );
