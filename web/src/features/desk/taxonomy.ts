// Words and pictures of categories, from the program.
import { useQuery } from '@tanstack/vue-query';
import { computed, type Component } from 'vue';
import { useI18n } from 'vue-i18n';
import { api, get } from '@/api/client';
import { iconOf } from './icons';

// A machine's summary begins with place and category, which stand beside it on the desk already.
export function matter(summary: string, place: string | null, category: string): string {
  for (const before of [`${place} ${category}：`, `${category}：`]) {
    if (summary.startsWith(before) && summary.length > before.length) return summary.slice(before.length);
  }
  return summary;
}

export function useTaxonomy() {
  const { locale } = useI18n();
  const { data } = useQuery({
    queryKey: ['taxonomy'],
    queryFn: () => get(api.GET('/api/v1/taxonomy')),
    staleTime: Infinity,
  });
  const words = (each: { zh: string; en: string }) => (locale.value === 'en' ? each.en || each.zh : each.zh);
  const domains = computed(() =>
    (data.value?.domains ?? []).map((domain) => ({
      key: domain.domain,
      name: words(domain),
      codes: domain.codes.map((code) => ({ code: code.code, name: words(code), zh: code.zh })),
    })),
  );
  const known = computed(() => {
    const all = new Map<string, { name: string; zh: string; icon: Component }>();
    for (const { key, codes } of domains.value) {
      for (const { code, name, zh } of codes) all.set(code, { name, zh, icon: iconOf(code, key) });
    }
    return all;
  });
  return {
    domains,
    // A code that the list does not know is shown as it is.
    category: (code: string) => known.value.get(code) ?? { name: code, zh: code, icon: iconOf(code) },
  };
}
