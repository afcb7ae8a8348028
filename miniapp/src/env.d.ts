/// <reference types="vite/client" />

interface ImportMetaEnv {
  readonly VITE_LINLI_URL?: string; // mini program only: https://… of the district's server
}
