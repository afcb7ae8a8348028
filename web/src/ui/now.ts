// The program's clock as the browser knows it, ticking once a second for everybody who shows time.
import { onScopeDispose, ref } from 'vue';

const now = ref(Date.now());
let ahead = 0; // ms that the program's clock is ahead of ours
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

// Called when the program told its time: desk computers are often minutes wrong, and the promise is counted in minutes.
export function setServerTime(at: string): void {
  const theirs = Date.parse(at);
  if (!Number.isFinite(theirs)) return;
  ahead = theirs - Date.now();
  now.value = theirs;
}

export function useNow() {
  const tick = () => (now.value = Date.now() + ahead);
  if (users++ === 0) {
    tick();
    timer = setInterval(tick, 1000);
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer);
  });
  return now;
}
