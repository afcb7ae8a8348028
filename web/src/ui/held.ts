// Roles that somebody holds, in plain words.
import type { HeldRole } from '@/api/types';

type Translate = (key: string, args: Record<string, unknown>) => string;

export const placeWords = (held: Pick<HeldRole, 'grid'>, t: Translate) => held.grid?.name ?? t('roles.everywhere', {});

// 「荷塘社区 · 专职网格员」
export const heldWords = (held: Pick<HeldRole, 'role' | 'grid'>, t: Translate) =>
  t('roles.held', { where: placeWords(held, t), role: t(`roles.name.${held.role}`, {}) });

export const rolesWords = (held: readonly HeldRole[], t: Translate) => held.map((each) => heldWords(each, t)).join(t('roles.and', {}));
