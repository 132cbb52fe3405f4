// Package taxonomy knows what skills, job titles and occupations are called.
// It hides the tables (embedded, written for this project; optionally a full
// O*NET release or ESCO imported beside them), how names are written in the
// wild, which short names need which company before they count, and how titles
// are compared. Its users say "which skills stand in this text, and where?",
// "what occupation is this title?" and "does having this speak for that?".
//
// The embedded tables are the readable files below data; their formats are
// told at the head of each file. Whatever decides is a row in them that a
// person can read and change. Occupation codes and names are those of O*NET:
// this product includes information from the O*NET Database by the U.S.
// Department of Labor, Employment and Training Administration (USDOL/ETA),
// used under the CC BY 4.0 licence.
package taxonomy
