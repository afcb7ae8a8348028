import account from './account';
import audit from './audit';
import channels from './channels';
import demo from './demo';
import desk from './desk';
import duty from './duty';
import grids from './grids';
import groups from './groups';
import keysPage from './keysPage';
import people from './people';
import residents from './residents';
import roles from './roles';
import routing from './routing';
import session from './session';
import settings from './settings';
import shared from './shared';
import start from './start';

export default { ...shared, account, audit, channels, demo, desk, duty, grids, groups, keysPage, people, residents, roles, routing, session, settings, start };
