import channels from './channels';
import demo from './demo';
import desk from './desk';
import grids from './grids';
import groups from './groups';
import session from './session';
import shared from './shared';
import start from './start';

export default { ...shared, channels, demo, desk, grids, groups, session, start };
