// Changes of single grids, each with its undo in a toast.
import { useQueryClient } from '@tanstack/vue-query';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import { gridQuery } from '@/api/grids';
import { words } from '@/api/problem';
import type { Grid, GridInput } from '@/api/types';
import { toast, type Toast } from '@/ui/toasts';
import { useDone } from '@/ui/useDone';
import { changed, undoing, type ListChange } from './lists';
import { ChangedSince, NoAnswer, withdraw } from './plan';

export type Facts = Required<Pick<GridInput, 'code' | 'level' | 'name' | 'parent' | 'aliases'>>;

export const factsOf = (grid: Grid): Facts => ({
  code: grid.code,
  level: grid.level,
  name: grid.name,
  parent: grid.line.at(-1)?.code ?? null,
  aliases: grid.aliases,
});

export function useChanges() {
  const { t } = useI18n();
  const cache = useQueryClient();

  function freshen(): void {
    for (const part of ['grids', 'groups']) void cache.invalidateQueries({ queryKey: [part] });
  }
  async function put(body: GridInput): Promise<Grid> {
    const grid = await get(api.PUT('/api/v1/grids', { params: { header: { 'Idempotency-Key': actionKey(), ...csrf } }, body }));
    cache.setQueryData(gridQuery(grid.id).queryKey, grid);
    freshen();
    return grid;
  }
  // What another change since, or no answer, left as it is has its own words; `rescue` is offered then.
  function fail(cause: unknown, rescue?: Toast['action']): void {
    const said = cause instanceof ChangedSince ? 'notUndone' : cause instanceof NoAnswer ? 'noAnswer' : undefined;
    const { title, remedy } = said ? { title: t(`grids.${said}`), remedy: t(`grids.${said}Hint`) } : words(cause, t);
    toast({ tone: 'danger', title, detail: remedy, action: rescue, ...(rescue && { ms: 60_000 }) });
  }
  const say = useDone(freshen);
  const done = (title: string, undo: () => Promise<unknown>, { detail, rescue }: { detail?: string; rescue?: Toast['action'] } = {}) =>
    say(title, undo, { detail, failed: (cause) => fail(cause, rescue) });

  async function setFacts(before: Grid, facts: Facts): Promise<void> {
    await put(facts);
    done(t('grids.changed', { name: facts.name }), () => put(factsOf(before)));
  }
  // Places are changed on the list as it is now: somebody else may be adding some too.
  async function setPlaces(id: string, change: ListChange): Promise<void> {
    const apply = async (what: ListChange) => {
      const { code, level, name, places } = await get(api.GET('/api/v1/grids/{grid}', { params: { path: { grid: id } } }));
      await put({ code, level, name, places: changed(places, what) });
    };
    await apply(change);
    const all = [...change.add, ...change.remove];
    const title = t(change.remove.length > 0 ? 'grids.places.removed' : 'grids.places.added', { n: all.length });
    done(title, () => apply(undoing(change)), { detail: all.slice(0, 3).join('、') + (all.length > 3 ? '…' : '') });
  }
  // A new grid, or a closed one that is used again. `taken`: it was taken back.
  async function open(facts: Facts, word: 'added' | 'reopened', taken: () => void = () => undefined): Promise<Grid> {
    const grid = await put(facts);
    done(t(`grids.${word}`, { name: grid.name }), async () => {
      await withdraw(grid.code);
      taken();
    });
    return grid;
  }
  return { setFacts, setPlaces, open, done, fail };
}
