"""The words of series' names, as sites write them, by what they mean.

All are in small letters without accents. A word with an asterisk stands for all that begin so.
Only words that are whole count; names whose words are run together (`AXT2FLAIR`) are parted by
this vocabulary. What binds to what is in mmar2mdai_phrases.py.

Sources: vendors' protocol names (Siemens, GE, Philips, Canon), BIDS, ReproIn, TCGA and UPENN-GBM
on TCIA, and the languages' own words.
"""

from __future__ import annotations

# ------------------------------------------------------------------ which contrast it is

T1_ENHANCED = "t1c t1ce t1gd t1gad t1km t1cont t1contrast t1wce t1wgd t1wc t1post t1k"
"""T1 and contrast medium in one word."""

KINDS = {
    "T1": f"{T1_ENHANCED} t1 t1w t1wi t1wt t1weighted wt1 t1n",
    "T1 sequence": (
        "mprage mpage memprage mp2rage mprag bravo spgr fspgr efgre3d vibe thrive ethrive lava "
        "fame quick3d tfe3d mdeft tfl3d irspgr irfspgr"
    ),
    "T2": "t2 t2w t2wi t2wt t2weighted wt2",
    "FLAIR": "flair flairs flr darkfluid darkfl dafl t2flair t2f flairw flairspace fluidattenuated",
    "STIR": "stir stirs",
    "TIRM": "tirm tirms",
    "DIR": "dir doubleir",
    "PD": "pd pdw pdwi dp proton protondensity rho dens",
    "T2*": "t2star t2s swi swan swip hemo haemo hemoflash medic merge mpgr fsbb qsm venobold susc*",
    "gradient echo": "gre ffe grass fl2d fl3d flash epi ep2d gradient gradientecho fisp",
    "DWI": (
        "dwi dwis dw diff* trace tracew isodwi adwi dwibs hbv highb dwie resolve ssdwi cdwi idwi "
        "difusion difuzyon dyfuzja difuz* dyfuz*"
    ),
    "ADC": "adc dadc adcmap adcs apparent cda",
    "SSFP": "ciss fiesta fiestac trufi truefisp bffe bssfp balanced bltfe btfe cosmic ssfp",
}
"""Words for contrasts. "T1 sequence" stands for T1 where no word says another."""

OUT = {
    "a subtraction": "sub subs delta minus subtr* subst* sust* sous* sottr* subtraktion",
    "a projection": "pjn mip mips minip minips mpip projection proj vrt volren",
    "perfusion": (
        "perf* pwi dsc dce dynasusc rcbv rcbf cbv cbf mtt ttp tmax relcbv relcbf relmtt relccbv "
        "ktrans kep gbp pbp nei aif"
    ),
    "a dynamic series": "dyn* twist grasp tricks disco multiphase dinam* timeres*",
    "diffusion tensors": (
        "dti fa colfa tensor fac tractography hardi dki noddi ivim md rd frac* fractional bvec"
    ),
    "labelled blood": "asl pcasl pasl",
    "a functional image": "bold fmri func rest resting task rsfmri",
    "a phase image": "phase pha ph",
    "angiography": "tof mra mrv angio* venogram* venography cemra cow willis pca inhance twistmra",
    "a localizer": (
        "loc localizer localiser localizador localizzatore lokalizer scout scouts survey topo "
        "surview pilot planscan aahead aascout autoalign 3plane threeplane haste3plane smartbrain"
    ),
    "a calibration": (
        "cal calib* coil refscan senseref prescan shim fieldmap fmap b0map b1map b1 asset_cal "
        "sbref noise qc phantom"
    ),
    "spectroscopy": "mrs svs csi spectro* press steam",
    "a map": (
        "map maps mapping mapa mappe t1map t2map t2starmap t1rho relaxometry r1 r2 r2star mwf "
        "eadc eadcmap exp exponential expadc qmap parametric"
    ),
    "a computed image": (
        "calc calculated computed synth* synthetic symri magic syntac sinte* ssd cadstream csad"
    ),
    "an overlay or a report": (
        "fusion fused fusionado colour color colored screensave screenshot screen report key "
        "secondarycapture seg segmentation mask label labels overlay dose summary annotated"
    ),
    "tissue that an inversion nulls": "psir fgatir wmn csfn gmn",
    "flow or motion": "cine tagging velocity venc elasto* mre phasecontrast",
}
"""Words for series that were computed from others, or show no plain anatomy."""

# ------------------------------------------------------------------ what speaks against one

SECOND = {
    3: (
        "haste ssfse ssfe ssh sshtse fast rapid* quick snel schnell motion mov* mouv* beweg* "
        "bad incomplete aborted partial"
    ),
    2: (
        "fs fatsat fatsup fssat fsat spair spir fatsuppressed dixon mdixon ideal flex we water "
        "waterexc proset chess mpr mprs reformat* refmt vessel vwi blood reform* resampl* rec "
        "reg registered coreg* "
        "thin slab iac iacs cai orbit* orbita* sella pituit* hypoph* hypof* "
        "pelvis spine cspine tspine lspine hws bws lws neck hals cervical lumbar thoracic temporal "
        "hippoc* epilepsy navi mtc mt tm tmj knee hip"
    ),
    1: (
        "large wide big propeller blade multivane jet recon* nd radar motionfree fse3 uncorrected "
        "unfiltered"
    ),
}
"""How much a word speaks against a series, where another is without it: in a hurry, or spoilt; fat
suppressed, reformatted or of a part; another way of sampling."""

AGAIN = "repeat* repet* wiederh* ripet* herhal* rpt rep redo again"
"""Words for what was done a second time. Neither is better: the first may have been spoilt, or the
second be a part."""

# ------------------------------------------------------------------ contrast medium

NOUNS = ("contr", "kontr", "medium", "tehoste", "agent")
"""What nouns for contrast medium begin with that are no names of agents. What a word before one
means has to be known: `brez kontrasta`, and `tissue contrast`."""

MEDIUM = {
    "agent": (
        "gd gado* gad gads cte ctr contrast contrasts contr contraste contrasto contraststoff "
        "kontrast "
        "kontr* km ce cm mdc kontrastu kontrastem kontrascie kontrastmittel kontrastmiddel "
        "contrastmiddel kontrastmedel gadovist gadavist magnevist dotarem clariscan prohance "
        "multihance omniscan eovist primovist vueway elucirem optimark artirem magnograf gadoter* "
        "tehoste* sdc pdc civ tiem thuoc skiagr* gbca dtpa gddtpa gdtpa bolus inj inject* injek* "
        "inyec* iniez* injec* enh enhanc* "
        "enhancement medium agent agente iniekc* gabe gdcontrast gdenh ivkm contrasted contrastado "
        "contrastada contrastato gdbt kontrastli kontrastni kontrastem "
        "iniezione"
    ),
    "enhanced": (
        f"{T1_ENHANCED} postcontrast "
        "postcon postgad postgd postkm postinj* poscontraste postcontraste gdpost kmpost "
        "postkontr* postcontr* delayed "
        "delay delays late venous portal arterial equilibrium poscontrast apresinj* nachkm"
    ),
    "plain": (
        "nativ* natif natywn* prekontr* precontr* blanco blanko plain unenh* unenhanced "
        "noncontrast noncon nonenh* nongad nongd nonce noce nocontrast nogad precontrast precon "
        "pregad pregd prekm preinj* prekontrast precontraste kontrastsiz kontrastfrei basale "
        "simple unkontrastiert ohnekm kontrastlos ilacsiz vorkm"
    ),
    "without": (
        "without wout brez ilma tanpa khong xoris choris ilman fara wo ohne sans sin sem senza "
        "zonder bez utan uden uten kein "
        "keine no non not"
    ),
    "before": (
        "pre prae av enne truoc prin pirms ennen pred prije inainte avant vor voor antes prima "
        "przed before forut innan"
    ),
    "after": (
        "post pos pst ap sau meta parast pec jalkeen poslije nakon dupa nach na apres despues "
        "dopo po depois apos "
        "sonrasi sonra etter efter after tras"
    ),
    "with": "with amb dengan mit cu avec con com met z med ile",
    "unclear": "c pc k cancel* abgebroch* abbruch* refused declined withheld failed extravas*",
    "none": "none elott nil nelkul elott yok free frei oncesi nein nao nie",
}
"""Words on contrast medium: for it, with or without it by themselves, and the prepositions that
bind it. `oncesi` (Turkish: before it) and "none" stand behind their noun."""

RUN_TOGETHER = "pre post prae pos non ohne vor apos after before"
"""Prepositions that are written together with what they are bound to."""

ONLY_BOUND = (
    "av ap cu fara pred nakon dupa no non not na po z con com met med ile vor voor prima tras "
    "before after kein keine sau truoc meta prin pirms pec enne amb dengan"
)
"""Prepositions that say nothing where no noun for contrast medium follows: they are too short, or
have other meanings."""

FAT = (
    "fs fat fatsat fatsup* grasa gordura graisse grasso vet tluszcz* fett sat saturation satur* "
    "supp*"
)
"""Nouns for fat and its suppression, which a preposition may bind."""

EVENTS = (
    "op ops operation operative operatie operativ surgery surg surgical chirurg* cirug* cirur* tx "
    "treatment treated therapy therapie rt xrt radiation radio* radiother* chemo* biopsy bx "
    "resection resect* shunt fossa fossae horn wall ictal natal mortem void stroke trauma seizure "
    "litt crani craniot* kraniot* srs gk gammaknife evd rftc dbs rtx dose dialysis stent embo* "
    "ablation hifu brachy seed seeds delivery partum clip tpa lp "
    "medication sedation exercise meal valsalva feed stim"
)
"""Nouns that `pre` and `post` may be bound to: an operation, a part of the body."""

TECHNIQUES = (
    "asset grappa sense motion flow gating comp navigator breathhold bh moco trigger distortion "
    "filter correction acceleration magnet* mt mtc"
)
"""Nouns that `with` and `without` may be bound to."""

FILLERS = (
    "iv i v the of a an any of des de der dem del della do da le la administration podaniu and "
    "und et y e min"
)
"""Words between a preposition and its noun."""

NEUTRAL = (
    "ax axi axial axiale axials aks aksiyel tra trans transv transverse transversal trasv ass "
    "assiale eje axl obl oax oblique cor coron* koronal kor sag sagit* sagital sagittal sagitt* 3d "
    "dyndist 2d se tse fse frfse tfe fase space spc cube vista brainview view iso "
    "isotropic brain head "
    "cranio cerebro kopf schadel tete cerebral whole neuro stealth gk gammaknife brainlab mm sl "
    "long short fov ir irfse irse tr te hd hires highres high res resolution multi echo anat acq "
    "images image series turbo spin im std standard routine prostate prostata pelvic psif ssfse "
    "asset arc pat grappa cs compressed ns norm dis2d dis3d dfc mix ms ssh ss uni inv1 inv2 "
    "den axt post pre uniden rms mpragecs sense"
)
"""Words that say nothing here, but part names that are run together."""

DIXON = {
    "water": "w wat water",
    "fat": "f fat",
    "in phase": "in ip inphase",
    "opposed phase": "opp op oop out outphase outofphase opposed opposedphase",
}
"""The images of a Dixon set, where a name speaks of one."""

DIXON_SETS = "dixon mdixon ideal flex dix lavaflex vibedixon tsedixon mdixonquant"

HARMLESS = (
    "anterior posterior left right upper lower small middle full wip swip drive longtr fir rst "
    "fettsattigung baseline follow followup visit day week month year control kontrolle kontrol "
    "new neu nuevo nouveau first second study exam protocol serie serien sequence slice slices "
    "plane axiaal coronaal sagittaal sagitale coronale transversaal hirn gehirn cerveau encefalo "
    "cerebrale craneo crane cabeza cabeca hersenen mozek mozg agy beyin glowa hlava hjerne hjarna "
    "hoved testa kafa brainstem cerebellum vertex skull base tumor tumour glioma lesion isotrop "
    "isotropico elliptical accel acceleration deep sonic air recondl clear synergy sms hyperband "
    "caipi caipirinha drb dlr aice memp mvxd shc quiet silent whisper gamma knife lab plan "
    "klein gross gesamt schaedel haute alta alto resolucion risoluzione resolucao fine "
    "aufloesung coupe coupes corte cortes strato schicht schichten breath body protokoll sequenz "
    "adult child pediatric paediatric infant neonate stereotaxy stereotactic navigation"
)
"""Words that make no other kind of image. They part no names that are run together."""

PREPARED = "mt mtc"
"""Words for magnetisation transfer: known, but what it leaves is another contrast."""

FIRST_INVERSION, SECOND_INVERSION = "inv1 inv1w", "inv2 inv2w"
