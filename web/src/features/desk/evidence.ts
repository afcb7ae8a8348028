// Cuts a message's text where its marks begin and end. The contract counts code points, as the program does;
// JavaScript counts UTF-16 units, and an emoji is two of those.
export interface Span {
  begin: number;
  end: number;
}
export interface Piece {
  text: string;
  evidence: boolean;
  pointed: boolean; // the reason under the hand speaks of this
}

export function cut(text: string, evidence: readonly Span[], pointed: readonly Span[] = []): Piece[] {
  const points = Array.from(text);
  const edges = new Set([0, points.length]);
  for (const { begin, end } of [...evidence, ...pointed]) {
    for (const edge of [begin, end]) if (edge > 0 && edge < points.length) edges.add(edge);
  }
  const sorted = [...edges].toSorted((a, b) => a - b);
  const within = (spans: readonly Span[], at: number) => spans.some(({ begin, end }) => begin <= at && at < end);
  const pieces: Piece[] = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const begin = sorted[i]!;
    const piece = {
      text: points.slice(begin, sorted[i + 1]).join(''),
      evidence: within(evidence, begin),
      pointed: within(pointed, begin),
    };
    const last = pieces.at(-1);
    if (last && last.evidence === piece.evidence && last.pointed === piece.pointed) last.text += piece.text;
    else pieces.push(piece);
  }
  return pieces;
}
