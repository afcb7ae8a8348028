// Outside hosts in what is built: uni-app's runtime brings a picture of its maker's and two addresses of an advertising
// service. They are blanked; gate.ts stops the build where anything else shows up.
import type { Plugin } from 'vite';

const makers = /https:\/\/[\w.-]+\.dcloud\.net\.cn[\w./?=#-]*/g;

// Names that are no addresses to fetch from: XML namespaces, and the page that an error message of Vue points to.
const names = /^https?:\/\/(www\.w3\.org\/(1998\/Math\/MathML|1999\/xlink|2000\/svg|1999\/xhtml)|vuejs\.org\/error-reference\/)/;

export const foreign = (text: string): string[] =>
  [...text.matchAll(/(?:https?:|wss?:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}[^"'`\s)]*/gi)]
    .map(([found]) => found)
    .filter((found) => /^(https?:|wss?:)/i.test(found) ? !names.test(found) : /^\/\/(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io)\b/i.test(found));

export const withoutMakers = (text: string): string => text.replace(makers, '');

export function blank(): Plugin {
  return {
    name: 'linli-blank-hosts',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type === 'chunk') part.code = withoutMakers(part.code);
        else if (typeof part.source === 'string') part.source = withoutMakers(part.source);
      }
    },
  };
}
