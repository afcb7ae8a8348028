// Words for screen readers, spoken when the reader has a pause. The shell holds the live region.
import { ref } from 'vue';

export const announcement = ref('');

export function announce(words: string): void {
  // The same words twice would not be spoken: a trailing no-break space tells them apart.
  announcement.value = announcement.value === words ? `${words}\u00a0` : words;
}
