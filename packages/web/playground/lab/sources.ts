/** Kinds of data, and what they are called. */
export const SOURCES = {
  points: "Points",
  digits: "Digits",
  file: "Your own file",
} as const;

export type Source = keyof typeof SOURCES;

export const isSource = (name: string): name is Source => Object.hasOwn(SOURCES, name);
