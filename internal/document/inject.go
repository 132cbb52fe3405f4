package document

import "regexp"

// injections are ways to speak to a program that judges the resume. Each asks
// for something no resume says to a person: to ignore what came before, to play
// a role, to give a score, to rank first. They are matched on text in lower
// case with single spaces.
var injections = regexp.MustCompile(`(?i)(` +
	`(ignore|disregard|forget|override|bypass)\s+(all\s+|any\s+|the\s+|your\s+|every\s+|of\s+)*(previous|prior|above|earlier|preceding|other|existing|original|system)\s+(instructions?|prompts?|rules?|directions?|guidelines?|commands?|criteria|context|messages?)` +
	`|(ignore|disregard|forget|override|bypass)\s+(all\s+)?(the\s+|your\s+|these\s+)?(instructions?\b|rubric|scoring|criteria|system prompt)` +
	`|<\|?(im_start|im_end|system|endoftext|assistant)\|?>|\[/?inst\]|<</?sys>>|<\s*/?\s*(system|assistant)\s*>` +
	`|^\s*#*\s*(system|assistant)\s*(prompt|message)?\s*:\s*\S` +
	`|(new|updated|hidden|special|important)\s+(system\s+)?instructions?\s*(for|to)\s+(the\s+)?(ai|llm|model|assistant|system|recruiter bot|screen)` +
	`|you\s+are\s+(now\s+)?(an?\s+|the\s+)?(ai|llm|language model|assistant|resume (screener|evaluator|reviewer)|recruiter|hiring (manager|assistant|system)|chatgpt|gpt|claude|gemini)\b` +
	`|(as|being)\s+an?\s+(ai|llm|large language model|ai model|ai assistant)\s*,?\s+(you|please|always|must|rate|score|rank)` +
	`|(give|assign|award|grant|rate|score|rank|grade|mark|recommend|evaluate|assess|consider|classify|label|select)\s+(this|the|me|him|her|my|that)?\s*(candidate|applicant|resume|cv|application|profile)?('s)?\s*(with\s+|as\s+|an?\s+|the\s+|at\s+|is\s+|for\s+)*(highest|top|maximum|max|best|perfect|full|100|10/10|10 out of 10|5/5|excellent|strong(ly)? (match|hire|recommend)|ideal|most qualified|high|number one|#1|first)\s*(possible\s+)?(score|rating|rank(ing)?|marks?|grade|points?|candidate|match|fit|choice|priority|%|/\s*100|percent|out of)` +
	`|(always|must|should|please|strongly)\s+(recommend|hire|shortlist|advance|select|rank|rate|score|approve|accept)\s+(this|the)\s+(candidate|applicant|resume|cv|application)` +
	`|this\s+(candidate|applicant|resume|cv)\s+(is|should be|must be)\s+(the\s+|an?\s+)?(perfect|best|ideal|exceptional|highest|top|most qualified|exceptionally well[- ]qualified|strongly recommended|hired|shortlisted|advanced|selected|ranked|rated|scored)` +
	`|(do not|don't|never)\s+(mention|reveal|disclose|report|flag|penali[sz]e|reject|follow|show)\s+(this|these|the|any)\s+(instructions?|text|prompt|message|candidate|applicant|section|resume)` +
	`|(respond|reply|answer|output|return|print)\s+(only\s+)?(with\s+)?["'“]?(this candidate|the candidate|yes|hire|pass|qualified|strong hire|score|\{)` +
	`|(prompt|instruction) (injection|override)|system override|developer mode|jailbreak` +
	`|ignora\s+(todas?\s+)?(las|tus)\s+instrucciones|ignore[sz]?\s+(toutes\s+)?(les|vos|tes)\s+instructions|ignoriere\s+(alle\s+|sämtliche\s+)*(vorherigen|bisherigen|vorigen|obigen)\s+(anweisungen|instruktionen|befehle)|ignorar?\s+(todas\s+)?as\s+instruções|ignora\s+(tutte\s+)?le\s+istruzioni` +
	`|(忽略|无视|忽視)(之前|以上|先前|所有|前面)?(的)?(所有|全部)?(的)?(指令|指示|说明|提示)|(以前|これまで|上記|前)の(指示|命令)(を|は)?(すべて)?無視` +
	`)`)

// instructions counts the places where text speaks to a program.
func instructions(text string) int {
	return len(injections.FindAllStringIndex(cut(text, 1<<20), 20))
}
