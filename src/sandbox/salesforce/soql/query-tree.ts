/** A SOQL query, read. */
export interface Query {
  readonly select: readonly Selected[];
  readonly from: string;
  readonly where: Condition | null;
  readonly groupBy: readonly string[];
  readonly having: Condition | null;
  readonly orderBy: readonly Order[];
  readonly limit: number | null;
  readonly offset: number;
  readonly allRows: boolean;
}

export type Selected =
  | { readonly kind: 'path'; readonly path: string; readonly alias: string | null; readonly at: number }
  | { readonly kind: 'all'; readonly which: 'ALL' | 'STANDARD' | 'CUSTOM' }
  | {
      readonly kind: 'aggregate';
      readonly how: 'count' | 'count_distinct' | 'min' | 'max' | 'sum' | 'avg';
      /** Null: `COUNT()`. */
      readonly path: string | null;
      readonly alias: string | null;
    }
  | { readonly kind: 'children'; readonly query: Query };

export type Condition =
  | { readonly kind: 'and'; readonly parts: readonly Condition[] }
  | { readonly kind: 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly at: number;
      readonly by: Comparison;
      readonly value: Literal;
    }
  | {
      readonly kind: 'in';
      readonly path: string;
      readonly at: number;
      readonly isNegated: boolean;
      readonly values: readonly Literal[] | Query;
    };

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like';

export type Literal =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'boolean'; readonly is: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'date'; readonly text: string }
  /** TODAY, LAST_N_DAYS:3 */
  | { readonly kind: 'span'; readonly name: string };

export interface Order {
  /** Of a field, or as `COUNT(Id)`. */
  readonly path: string;
  readonly at: number;
  readonly isDescending: boolean;
  readonly nulls: 'first' | 'last';
}
