import { onScopeDispose, ref } from 'vue';

// Whether this page is on the screen.
export function useDocumentVisibility() {
  const visible = ref(!document.hidden);
  const look = () => (visible.value = !document.hidden);
  document.addEventListener('visibilitychange', look);
  onScopeDispose(() => document.removeEventListener('visibilitychange', look));
  return visible;
}
