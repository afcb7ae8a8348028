// What went wrong, as the program said it, or that it could not be reached at all.
import type { Problem } from './types';

export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(code: string, status: number, problem: Partial<Problem> = {}, options?: ErrorOptions) {
    super(problem.title ?? code, options);
    this.code = code;
    this.status = status;
    this.problem = problem;
  }

  // Nothing is known about what became of the call: the network or a gateway failed. A 502 with a code is the program's own:
  // a server behind it refused.
  get unreachable(): boolean {
    return this.status === 0 || this.status === 504 || (this.status === 502 && this.problem.code === undefined);
  }
}

export function refusalOf(response: Response, body: unknown): Refusal {
  const problem = body && typeof body === 'object' ? (body as Partial<Problem>) : {};
  return new Refusal(problem.code ?? `http_${response.status}`, response.status, problem);
}

type Translate = (key: string, args?: Record<string, unknown>) => string;

// Words for a person: what, and how to mend it. The program's own words are in the person's language already;
// where it gave none, ours stand in.
export function words(error: unknown, t: Translate): { title: string; remedy: string } {
  if (!(error instanceof Refusal)) return { title: t('error.unknown'), remedy: t('error.unknownRemedy') };
  if (error.unreachable) return { title: t('error.unreachable'), remedy: t('error.unreachableRemedy') };
  return {
    title: error.problem.title ?? t('error.refused', { status: error.status }),
    remedy: error.problem.remedy ?? t('error.unknownRemedy'),
  };
}
