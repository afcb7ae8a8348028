import { computed, onScopeDispose, ref, toValue, watch, type MaybeRefOrGetter } from 'vue';

const WORD_MOST = 64;

// A word as it is asked: when the writing rests.
export function useRested(word: MaybeRefOrGetter<string>, ms = 200) {
  const rested = ref('');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wanted = computed(() => Array.from(toValue(word).trim()).slice(0, WORD_MOST).join(''));
  watch(wanted, (now) => {
    clearTimeout(timer);
    if (now === '') rested.value = '';
    else timer = setTimeout(() => (rested.value = now), ms);
  }, { immediate: true });
  onScopeDispose(() => clearTimeout(timer));
  return { rested, wanted };
}
