import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { CATALOG } from '../../src/metrics/catalog.ts';

export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '$datasource' };

/**
 * Grafana escapes in a query what a regular expression reads otherwise, but not the double quote that ends the string:
 * a name with one would write its own query.
 */
export const NO_QUOTES = '/^[^"]*$/';

export function datasource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes pooldrift.')
    .type('prometheus');
}

/** All three are lists: of a list Grafana escapes the names. */
function names(name: string, label: string, description: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .query({ query, refId: `variable-${name}` })
    .definition(query)
    .multi(true)
    .allowCustomValue(false)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .regex(NO_QUOTES);
}

function withAll(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

const build = CATALOG.buildInfo.name;
const threads = CATALOG.poolThreads.name;

export const job = () => withAll(names('job', 'Job', 'Scrape jobs of pooldrift.', `label_values(${build}, job)`));

export const instance = () =>
  withAll(names('instance', 'Instance', 'Nodes.', `label_values(${build}{job=~"$job"}, instance)`));

const POOLS = `label_values(${threads}{job=~"$job", instance=~"$instance"}, pool)`;

export const pools = () => withAll(names('pool', 'Pool', 'Worker pools.', POOLS));

/** For a dashboard of one pool. */
export const onePool = () => names('pool', 'Pool', 'A worker pool; several are shown together.', POOLS);
