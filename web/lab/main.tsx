import { render } from 'solid-js/web';
import { HelpDialog } from './page/HelpDialog.js';
import { followTheme } from './theme/theme.js';

followTheme();
render(() => <HelpDialog onClose={() => {}} />, document.getElementById('lab')!);
