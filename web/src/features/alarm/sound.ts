// Two soft strokes, made on the spot. Browsers let a page sound only after somebody has touched it.
let context: AudioContext | undefined;

export function stroke(): void {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume().catch(() => {});
    if (context.state !== 'running') return;
    for (const [after, pitch] of [[0, 880], [0.28, 660]] as const) {
      const from = context.currentTime + after;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, from);
      volume.gain.exponentialRampToValueAtTime(0.25, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.5);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(from + 0.55);
    }
  } catch {
    // A browser without sound still shows it.
  }
}
