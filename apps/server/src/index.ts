/**
 * What a configuration file of posthornd imports: `defineConfig`, and the types around it.
 *
 * @packageDocumentation
 */
export { defineConfig } from "./config.ts";
export type { AllLimits, CertificateFiles, ClientCertificates, Config, SiteExtensions } from "./config.ts";
