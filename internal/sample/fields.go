package sample

import (
	"fmt"
	"html"
	"strings"

	"github.com/fairlead/fairlead"
)

// field is an occupation: what its job asks for and what its people write.
type field struct {
	id, title, department, office string
	about                         string
	duties                        []string
	required, preferred, extra    []string // skills, by the taxonomy's names
	months                        int
	degree, higher                degree // usual, and of some
	degreeAsked                   string // line of the job description, "" for none
	certificate                   string
	certificateAsked              string
	extraCertificates             []string
	titles                        []string // senior first
	employers                     []string
	bullets                       []string // {a} and {b} are skills, {n} a number
	summary                       string   // two skills
}

type degree struct {
	level       fairlead.DegreeLevel
	name, field string
}

// job writes the field's job description.
func (f field) job() Job {
	var b strings.Builder
	list := func(heading string, lines []string) {
		b.WriteString("<h3>" + heading + "</h3>\n<ul>\n")
		for _, l := range lines {
			b.WriteString("<li>" + html.EscapeString(l) + "</li>\n")
		}
		b.WriteString("</ul>\n")
	}
	b.WriteString("<p>" + html.EscapeString(f.about) + "</p>\n")
	list("What you will do", f.duties)
	required := []string{fmt.Sprintf("%d+ years of experience as %s", f.months/12, article(f.titles[1]))}
	required = append(required, f.required...)
	if f.degreeAsked != "" {
		required = append(required, f.degreeAsked)
	}
	if f.certificateAsked != "" {
		required = append(required, f.certificateAsked)
	}
	list("Requirements", required)
	list("Nice to have", f.preferred)
	b.WriteString("<h3>What we offer</h3>\n<p>Health insurance, paid leave and a budget for learning. We are an equal opportunity employer.</p>\n")
	return Job{
		ID: f.id, Title: f.title, Department: f.department, Office: f.office, Description: b.String(),
		Required: f.required, Preferred: f.preferred, Months: f.months, Degree: f.degree.level, Certificate: f.certificate,
	}
}

func article(noun string) string {
	if strings.ContainsRune("AEIOU", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

var fields = []field{
	{
		id: "backend", title: "Senior Backend Engineer", department: "Engineering", office: "Boston, MA",
		about:    "Harborline moves freight papers for four thousand carriers. You will own the services behind it.",
		duties:   []string{"Design and run services that carriers rely on day and night", "Review code and help others grow", "Take your turn on call"},
		required: []string{"Go", "PostgreSQL", "Docker", "Kubernetes", "REST APIs", "AWS"}, preferred: []string{"Kafka", "Terraform", "gRPC", "Redis"},
		extra:  []string{"Python", "Git", "Linux", "GraphQL", "Prometheus", "Java", "CI/CD"},
		months: 60, degree: degree{fairlead.Bachelor, "B.S. Computer Science", "Computer Science"}, higher: degree{fairlead.Master, "M.S. Computer Science", "Computer Science"},
		degreeAsked: "Bachelor's degree in Computer Science or a related field", extraCertificates: []string{"AWS Certified Solutions Architect", "Certified Kubernetes Administrator"},
		titles:    []string{"Senior Backend Engineer", "Backend Engineer", "Software Engineer", "Junior Software Developer"},
		employers: []string{"Northgate Software", "Bluefin Systems", "Larkfield Labs", "Copperleaf Data", "Quayside Technologies", "Tamarind Cloud"},
		bullets: []string{
			"Built services with {a} and {b} that answer {n} thousand requests a minute", "Cut the monthly bill by {n} percent by moving batch work to {a}",
			"Led the move of {n} services to {a}", "Wrote the team's guide to {a} and taught {b} to new colleagues", "Reduced deployment time from {n} minutes to four using {a}",
			"Designed the data model and the interfaces on top of {a}", "Kept the platform available through {n} releases with {a} and {b}",
			"Replaced a nightly job by a stream built on {a}", "Mentored {n} engineers in {a}", "Introduced {a} for internal tools", "Removed {n} recurring incidents with better use of {b}",
			"Worked with product managers on interfaces built with {a}",
		},
		summary: "Engineer who likes simple systems. Daily work with %s and %s.",
	},
	{
		id: "accountant", title: "Senior Accountant", department: "Finance", office: "Chicago, IL",
		about:    "Millrace Foods closes its books in five days. You will make it four.",
		duties:   []string{"Own the month-end close", "Prepare statements and explain them", "Work with the auditors"},
		required: []string{"GAAP", "Account Reconciliation", "Financial Reporting", "Microsoft Excel", "General Ledger", "Month-End Close"}, preferred: []string{"SAP", "Accounts Payable", "Budgeting", "NetSuite"},
		extra:  []string{"QuickBooks", "Accounts Receivable", "Payroll", "Variance Analysis", "Internal Controls", "Tax Preparation", "Fixed Assets"},
		months: 48, degree: degree{fairlead.Bachelor, "B.S. Accounting", "Accounting"}, higher: degree{fairlead.Master, "Master of Accountancy", "Accounting"},
		degreeAsked: "Bachelor's degree in Accounting or Finance", certificate: "CPA", certificateAsked: "CPA required", extraCertificates: []string{"CMA"},
		titles:    []string{"Senior Accountant", "Accountant", "Staff Accountant", "Accounting Clerk"},
		employers: []string{"Brightwater Foods", "Oakmere Holdings", "Sterling Mills", "Pinecrest Logistics", "Granary Partners", "Westbrook Paper"},
		bullets: []string{
			"Prepared {n} statements a quarter under {a}", "Shortened the close by {n} percent through better {a}", "Responsible for {a} and {b} of three entities",
			"Found and corrected {n} errors through {a}", "Led the yearly audit with {a} ready on the first day", "Moved {n} recurring entries into {a}",
			"Taught {a} to {n} colleagues", "Built the monthly package with {a} and {b}", "Answered questions of managers on {a}", "Documented {a} for the auditors",
			"Handled {a} for {n} cost centres", "Supported the controller in {a} and {b}",
		},
		summary: "Accountant with clean books and short sentences. At home in %s and %s.",
	},
	{
		id: "sales", title: "Account Executive", department: "Sales", office: "Austin, TX",
		about:    "Fernhill sells scheduling software to clinics. You will open the south-west.",
		duties:   []string{"Win new clinics and keep them", "Run the whole cycle from first call to signature", "Forecast honestly"},
		required: []string{"Salesforce", "B2B Sales", "Cold Calling", "Negotiation", "Pipeline Management", "SaaS"}, preferred: []string{"HubSpot", "Account Management", "Sales Forecasting", "LinkedIn Sales Navigator"},
		extra:  []string{"Lead Generation", "CRM", "Customer Retention", "Presentation Skills", "Upselling", "Territory Management", "Microsoft PowerPoint"},
		months: 36, degree: degree{fairlead.Bachelor, "B.A. Communications", "Communications"},
		titles:    []string{"Senior Account Executive", "Account Executive", "Inside Sales Representative", "Sales Development Representative"},
		employers: []string{"Juniper Desk", "Cloudberry Software", "Signal Peak", "Rivermark", "Openfield Media", "Tallgrass Systems"},
		bullets: []string{
			"Reached {n} percent above quota through {a}", "Opened {n} accounts in the first year with {a} and {b}", "Built a territory of {n} clinics by {a}",
			"Kept every opportunity current in {a}", "Closed the largest contract of the year through {a}", "Trained {n} colleagues in {a}",
			"Raised renewals by {n} percent with {a}", "Ran {n} demonstrations a month, prepared with {a}", "Introduced {a} to the team", "Worked with marketing on {a} and {b}",
			"Brought back {n} lost customers by {a}", "Reported weekly on {a}",
		},
		summary: "Seller who listens first. Strong in %s and %s.",
	},
	{
		id: "nurse", title: "Registered Nurse, Intensive Care", department: "Nursing", office: "Portland, OR",
		about:    "St. Alban Medical Center has a twenty-bed intensive care unit. You will care for two patients at a time, not four.",
		duties:   []string{"Assess and care for critically ill patients", "Work with physicians and families", "Teach new nurses"},
		required: []string{"Critical Care", "Patient Assessment", "Medication Administration", "IV Therapy", "Electronic Health Records", "BLS"}, preferred: []string{"Epic", "ACLS", "Ventilator Management", "Telemetry"},
		extra:  []string{"Patient Education", "Wound Care", "Infection Control", "Care Planning", "Phlebotomy", "Triage", "Vital Signs"},
		months: 24, degree: degree{fairlead.Bachelor, "Bachelor of Science in Nursing", "Nursing"}, higher: degree{fairlead.Master, "Master of Science in Nursing", "Nursing"},
		degreeAsked: "Bachelor of Science in Nursing", certificate: "Registered Nurse", certificateAsked: "Active Registered Nurse licence", extraCertificates: []string{"CCRN"},
		titles:    []string{"Charge Nurse", "Registered Nurse", "Staff Nurse", "Nursing Assistant"},
		employers: []string{"Lakeside General Hospital", "Mercy Valley Hospital", "Cedar Hill Medical Center", "Harbor Point Clinic", "Elmwood Regional Hospital", "Summit Care"},
		bullets: []string{
			"Cared for {n} patients a week with a focus on {a}", "Responsible for {a} and {b} on a busy ward", "Lowered falls by {n} percent through better {a}",
			"Taught {a} to {n} new colleagues", "Kept records complete and current, {a} included", "Member of the group that rewrote the procedure for {a}",
			"Coordinated {a} with physicians and families", "Carried out {a} on night shifts", "Audited {n} charts a month for {a}", "Supported families during {a}",
			"Recognised for {a} by {n} families", "Covered {a} and {b} during shortages",
		},
		summary: "Nurse who stays calm. Experienced in %s and %s.",
	},
	{
		id: "electrician", title: "Maintenance Electrician", department: "Facilities", office: "Cleveland, OH",
		about:    "Ironbridge Castings runs two furnaces around the clock. You will keep them running.",
		duties:   []string{"Find and mend faults", "Plan preventive work", "Work safely, always"},
		required: []string{"Electrical Troubleshooting", "Preventive Maintenance", "Motor Controls", "Blueprint Reading", "Conduit Bending"}, preferred: []string{"PLC Programming", "Variable Frequency Drives", "Lockout/Tagout", "Multimeter"},
		extra:  []string{"Wiring", "Hand Tools", "Welding", "HVAC", "Hydraulics", "National Electrical Code", "Transformers"},
		months: 36, degree: degree{fairlead.Vocational, "Diploma in Electrical Technology", "Electrical Technology"},
		certificate: "Journeyman Electrician License", certificateAsked: "Journeyman Electrician licence", extraCertificates: []string{"OSHA 30", "OSHA 10"},
		titles:    []string{"Lead Electrician", "Maintenance Electrician", "Industrial Electrician", "Apprentice Electrician"},
		employers: []string{"Redstone Foundry", "Kestrel Packaging", "Great Lakes Bottling", "Marlow Steel", "Union Press Works", "Delta Cold Storage"},
		bullets: []string{
			"Kept {n} machines running through {a}", "Cut downtime by {n} percent with {a} and {b}", "Responsible for {a} in two halls",
			"Installed {n} panels, {a} included", "Trained {n} apprentices in {a}", "Worked {n} months without an accident thanks to careful {a}", "Planned yearly shutdowns around {a}",
			"Mended faults on presses using {a}", "Drew up the parts list for {a}", "Replaced old drives and documented {a}", "Answered {n} calls a week on {a}", "Supported engineers with {a} and {b}",
		},
		summary: "Electrician with steady hands. Good at %s and %s.",
	},
	{
		id: "teacher", title: "High School Mathematics Teacher", department: "Mathematics", office: "Denver, CO",
		about:    "Foothill High School has nine hundred students and small classes. You will teach algebra and statistics.",
		duties:   []string{"Plan and teach five classes", "Talk with families", "Help with the mathematics club"},
		required: []string{"Classroom Management", "Lesson Planning", "Curriculum Development", "Mathematics", "Student Assessment"}, preferred: []string{"Google Classroom", "Differentiated Instruction", "Special Education", "Statistics"},
		extra:  []string{"Tutoring", "Parent Communication", "Individualized Education Programs", "Canvas LMS", "Public Speaking", "Educational Technology", "Mentoring"},
		months: 24, degree: degree{fairlead.Bachelor, "B.A. Mathematics", "Mathematics"}, higher: degree{fairlead.Master, "Master of Education", "Education"},
		degreeAsked: "Bachelor's degree in Mathematics or Education", certificate: "Teaching License", certificateAsked: "State teaching licence",
		titles:    []string{"Senior Mathematics Teacher", "Mathematics Teacher", "High School Teacher", "Teaching Assistant"},
		employers: []string{"Riverside High School", "Maple Grove School", "Kingsley Academy", "Northfield Middle School", "Stonebridge High School", "Aspen Charter School"},
		bullets: []string{
			"Taught {n} students a year with a focus on {a}", "Raised pass rates by {n} percent through {a}", "Responsible for {a} and {b} in grades nine to twelve",
			"Wrote {n} units on {a}", "Led the department's work on {a}", "Helped {n} students through {a} after school", "Introduced {a} to colleagues", "Met families weekly, supported by {a}",
			"Organised the mathematics club and {a}", "Shared materials on {a} with {n} schools", "Adapted lessons with {a} and {b}", "Observed colleagues and advised on {a}",
		},
		summary: "Teacher who makes numbers friendly. Skilled in %s and %s.",
	},
	{
		id: "frontoffice", title: "Front Office Manager", department: "Rooms", office: "Savannah, GA",
		about:    "The Lantern House is a hotel of a hundred and twelve rooms. You will lead the first people our guests meet.",
		duties:   []string{"Lead a team of fourteen", "Solve what guests bring to the desk", "Plan shifts and budgets"},
		required: []string{"Guest Relations", "Front Desk Operations", "Staff Scheduling", "Reservations", "Conflict Resolution"}, preferred: []string{"Opera PMS", "Revenue Management", "Upselling", "Housekeeping"},
		extra:  []string{"Cash Handling", "Concierge Services", "Event Planning", "Microsoft Outlook", "Customer Service", "Food Safety", "Inventory Management"},
		months: 36, degree: degree{fairlead.Associate, "Associate Degree in Hospitality Management", "Hospitality Management"}, higher: degree{fairlead.Bachelor, "B.S. Hospitality Management", "Hospitality Management"},
		extraCertificates: []string{"ServSafe", "Certified Hospitality Supervisor"},
		titles:            []string{"Front Office Manager", "Assistant Front Office Manager", "Front Desk Supervisor", "Front Desk Agent"},
		employers:         []string{"Hotel Meridian Park", "The Copper Kettle Inn", "Bayview Suites", "Grand Orchard Hotel", "Palmetto Resort", "Stationhouse Hotel"},
		bullets: []string{
			"Led a desk of {n} people with a focus on {a}", "Raised guest ratings by {n} percent through {a}", "Responsible for {a} and {b} on weekends",
			"Handled {n} arrivals a day, {a} included", "Trained {n} new colleagues in {a}", "Cut waiting time by {n} percent with {a}", "Planned the season's {a}",
			"Solved complaints through {a}", "Introduced {a} with the rooms team", "Reported monthly on {a}", "Won back {n} guests by {a}", "Worked with sales on {a} and {b}",
		},
		summary: "Host at heart. Practised in %s and %s.",
	},
	{
		id: "analyst", title: "Data Analyst", department: "Insight", office: "Seattle, WA",
		about:    "Plover Health looks after two million members. You will find out what helps them.",
		duties:   []string{"Answer questions with data", "Build dashboards people use", "Check before you claim"},
		required: []string{"SQL", "Python", "Tableau", "Data Visualization", "Statistics", "Microsoft Excel"}, preferred: []string{"R", "Power BI", "A/B Testing", "Snowflake"},
		extra:  []string{"pandas", "Data Cleaning", "ETL", "Regression Analysis", "Google Analytics", "Looker", "Git"},
		months: 24, degree: degree{fairlead.Bachelor, "B.S. Statistics", "Statistics"}, higher: degree{fairlead.Master, "M.S. Data Science", "Data Science"},
		degreeAsked: "Bachelor's degree in Statistics, Economics or a related field", extraCertificates: []string{"Google Data Analytics Certificate", "Tableau Desktop Specialist"},
		titles:    []string{"Senior Data Analyst", "Data Analyst", "Business Analyst", "Reporting Analyst"},
		employers: []string{"Finch Insurance", "Beacon Retail Group", "Alder Health", "Metricworks", "Sandpiper Travel", "Crane and Hollis"},
		bullets: []string{
			"Built {n} dashboards with {a} and {b}", "Saved {n} hours a month by automating reports with {a}", "Answered questions of managers using {a}",
			"Designed the measurement plan on top of {a}", "Found a leak worth {n} thousand a month with {a}", "Taught {a} to {n} colleagues", "Joined {n} sources into one model with {a}",
			"Tested pricing ideas with {a}", "Documented definitions and {a}", "Worked with engineers on {a} and {b}", "Presented findings from {a} every month", "Reduced errors by {n} percent through {a}",
		},
		summary: "Analyst who checks twice. Works mostly with %s and %s.",
	},
}

var givenNames = []string{
	"Maya", "Daniel", "Priya", "Tomás", "Ngozi", "Erik", "Leila", "Marcus", "Hana", "Viktor", "Chloé", "Omar", "Ines", "Jamal", "Freya", "Kenji", "Amara", "Lucas", "Zofia", "Andre",
	"Nadia", "Peter", "Mei", "Samuel", "Aisha", "Björn", "Carmen", "Desmond", "Elif", "Gavin", "Imani", "Jonas", "Keiko", "Liam", "Marisol", "Nikhil", "Olivia", "Pablo", "Rosa", "Sven",
	"Tara", "Umar", "Vera", "Wesley", "Ximena", "Yusuf", "Zara", "Anton", "Bianca", "Cedric", "Dalia", "Emil", "Fatima", "George", "Helena", "Ivan", "Joanna", "Kofi", "Lena", "Mateo",
}

var familyNames = []string{
	"Okafor", "Lindqvist", "Ramirez", "Tanaka", "Novak", "Hughes", "Haddad", "Moreau", "Silva", "Kowalski", "Bennett", "Iyer", "Castillo", "Andersen", "Mensah", "Fischer", "O'Neill", "Park", "Duarte", "Petrova",
	"Walsh", "Nakamura", "Cohen", "Ferrari", "Gallagher", "Hassan", "Ibarra", "Jensen", "Karlsson", "Larsen", "Mbeki", "Nguyen", "Ortega", "Pereira", "Quinn", "Rossi", "Sørensen", "Torres", "Ueda", "Vargas",
	"Weber", "Yilmaz", "Zimmer", "Abebe", "Brandt", "Costa", "Dubois", "Eriksen", "Fontaine", "García", "Holm", "Ivanova", "Jankowski", "Keller", "Laurent", "Müller", "Nilsson", "Osei", "Popescu", "Reyes", "Schmidt",
}

var cities = []struct{ name, area string }{
	{"Boston, MA", "617"}, {"Chicago, IL", "312"}, {"Austin, TX", "512"}, {"Portland, OR", "503"}, {"Cleveland, OH", "216"}, {"Denver, CO", "303"},
	{"Savannah, GA", "912"}, {"Seattle, WA", "206"}, {"Madison, WI", "608"}, {"Raleigh, NC", "919"}, {"Tucson, AZ", "520"}, {"Albany, NY", "518"},
}

var universities = []string{
	"Harrow Bay University", "University of Lakemont", "Stonefield College", "Northern Plains State University", "Cascade Valley College", "Whitmore University",
	"Eastbrook Institute of Technology", "Pacific Crest University", "Granite State College", "University of Marlowe",
}

var mailDomains = []string{"example.com", "example.net", "example.org", "mail.example.com"}

var languages = []Language{{"Spanish", "fluent"}, {"French", "intermediate"}, {"German", "basic"}, {"Portuguese", "fluent"}, {"Mandarin", "native"}, {"Arabic", "intermediate"}, {"Italian", "basic"}}
