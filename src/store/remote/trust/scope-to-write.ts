import type { Diagnostic } from "../../../model/diagnostic.ts";
import type { Result } from "../../../model/result.ts";
import type { RemotePlace } from "../setting.ts";
import { noScopeToWrite, noSigningKey, unfitSigningKey } from "../troubles.ts";
import { coversScope } from "./scope.ts";

/** The scope that results are uploaded to. The diagnostics say why readers would take none of them. */
export function scopeToWrite({ scopes, keys, signer, backend }: RemotePlace): Result<string> {
  const { writes } = scopes;
  const refuse = (diagnostic: Diagnostic): Result<string> => ({ ok: false, diagnostics: [diagnostic] });
  if (writes === undefined) return refuse(noScopeToWrite());
  if (keys.length === 0) return { ok: true, value: writes };
  if (signer === undefined) return refuse(noSigningKey(backend.address));
  const listed = keys.filter(({ id }) => id === signer.key);
  if (listed.some(({ scope }) => coversScope(scope, writes))) return { ok: true, value: writes };
  return refuse(unfitSigningKey(signer.key, writes, listed.length > 0));
}
