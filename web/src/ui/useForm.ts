// A form of our own: what is missing is said at its field once it was tried, and the first such field gets the hand; what
// the program refuses stands in `error`. One sending at a time.
import { nextTick, ref, useTemplateRef } from 'vue';

// faults: what is wrong by field; none, and it is sent. The form bears ref="form".
export function useForm(faults: () => object) {
  const form = useTemplateRef<HTMLFormElement>('form');
  const tried = ref(false);
  const busy = ref(false);
  const error = ref<unknown>();

  async function focusWrong(): Promise<void> {
    await nextTick();
    form.value?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }
  async function submit(send: () => Promise<unknown>): Promise<void> {
    tried.value = true;
    error.value = undefined;
    if (Object.keys(faults()).length > 0) return focusWrong();
    if (busy.value) return;
    busy.value = true;
    try {
      await send();
    } catch (cause) {
      error.value = cause;
    } finally {
      busy.value = false;
    }
  }
  // Opened: nothing tried yet, the hand in its first field.
  async function reset(): Promise<void> {
    tried.value = false;
    error.value = undefined;
    await nextTick();
    form.value?.querySelector<HTMLElement>('input, select')?.focus();
  }
  return { tried, busy, error, submit, reset, focusWrong };
}
