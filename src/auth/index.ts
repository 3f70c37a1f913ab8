export {
  type Access,
  type AuthRefusal,
  AuthStore,
  type Credentials,
  type Permission,
  ROOT,
  type Role,
  type User,
} from './auth-store.js';
export { isGrantable, isOpenEnd, PermissionSet } from './permission-set.js';
export { randomTokenPart, SimpleTokens, tokenIndex } from './simple-tokens.js';
